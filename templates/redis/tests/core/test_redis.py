import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from pydantic import SecretStr, ValidationError
from redis.exceptions import ConnectionError as RedisConnectionError
from structlog.testing import capture_logs

from app.core import redis
from app.core.cache import Cache
from app.core.config import Settings
from app.core.errors import UnavailableError
from app.core.rate_limit import limit_requests
from app.core.redis import Redis, RedisAwayError, SharedLimiter
from app.dependencies import CacheDep
from app.main import create_app
from tests.conftest import serve
from tests.redis import REDIS_URL, UNREACHABLE_URL


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def make(settings: Settings, url: str) -> FastAPI:
    """An application of three requests a day, with one route to remember something by."""
    app = create_app(settings.model_copy(update={"rate_limit": "3/day", "redis_url": SecretStr(url)}))

    @app.post("/things/{value}", dependencies=[Depends(limit_requests)])
    async def remember(cache: CacheDep, value: str) -> Any:
        before = await cache.get("thing")
        await cache.set("thing", {"value": value}, expire=10)
        return before

    return app


async def test_two_processes_share_limits_and_cache(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(serve(make(settings, REDIS_URL))) for _ in range(2)]
        responses = [await clients[number % 2].post(f"/things/{number}") for number in range(5)]
    assert [response.status_code for response in responses] == [200, 200, 200, 429, 429]
    assert [response.json() for response in responses[:3]] == [None, {"value": "0"}, {"value": "1"}]
    assert 0 < int(responses[-1].headers["retry-after"]) <= 86_400


@pytest.mark.usefixtures("committed_sessions")  # There is a database to be ready with.
@pytest.mark.parametrize("kind", ["unreachable", "silent"])
async def test_without_redis_requests_are_answered_and_still_limited(
    settings: Settings, silent_url: str, kind: str
) -> None:
    app = make(settings, silent_url if kind == "silent" else UNREACHABLE_URL)
    with capture_logs() as lines:
        async with serve(app) as client:
            started = time.perf_counter()
            responses = [await client.post("/things/1") for _ in range(4)]
            # One wait of half a second; each request with waits of its own would take six.
            assert time.perf_counter() - started < 4
            assert (await client.get("/health/ready")).status_code == 200
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert responses[0].json() is None
    assert [line["event"] for line in lines if line["event"].startswith("redis")] == ["redis_away"]


async def test_redis_is_asked_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    link = Redis(REDIS_URL)
    with capture_logs() as lines:
        with pytest.raises(RedisAwayError):
            async with link:
                raise RedisConnectionError
        with pytest.raises(RedisAwayError):
            async with link:
                pytest.fail("asked within the pause")
        # The clock of this module alone: a loop that others run by it would never wait.
        monkeypatch.setattr(redis, "time", SimpleNamespace(monotonic=lambda: float("inf")))
        async with link:
            pass
    assert [line["event"] for line in lines] == ["redis_away", "redis_back"]


@pytest.fixture
async def cache() -> AsyncIterator[Cache]:
    link = Redis(REDIS_URL)
    yield Cache(link)
    await link.close()


async def test_values_are_json_and_end(cache: Cache) -> None:
    value = {"a": [1, True, None, "é"]}
    await cache.set("key", value, expire=10)
    assert await cache.get("key") == value
    assert 0 < await cache.get_expire("key") <= 10
    await cache.delete("key")
    assert await cache.get("key", default="gone") == "gone"


async def test_what_is_of_a_process_stays_there(cache: Cache) -> None:
    link = Redis(UNREACHABLE_URL)
    await cache.set("process:key", 1, expire=10)
    assert await cache.get("process:key") == 1
    assert await Cache(link).get("process:key") is None
    # No question went out that could have failed.
    async with link:
        pass


async def test_what_needs_redis_is_unavailable_without_it() -> None:
    link = Redis(UNREACHABLE_URL)
    with pytest.raises(UnavailableError):
        await Cache(link).incr("key")
    await link.close()


async def test_only_keys_of_our_own_are_touched(cache: Cache) -> None:
    with pytest.raises(NotImplementedError):
        await cache.clear()
    with pytest.raises(NotImplementedError):
        await cache.get_many("a", "b")


@pytest.mark.parametrize("url", [redis.DEFAULT_URL, "redis://", "redis:///0", "redis://localhost"])
@pytest.mark.parametrize("environment", ["staging", "production"])
def test_default_is_for_a_machine_of_ones_own(settings: Settings, environment: str, url: str) -> None:
    SharedLimiter(Redis("redis://redis"))  # no port: that of Redis
    values = settings.model_dump() | {"environment": environment, "redis_url": url}
    with pytest.raises(ValidationError, match="redis_url"):
        Settings.model_validate(values)
