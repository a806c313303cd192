from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, StreamingResponse
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.middleware import ACCEPTABLE_ID
from app.main import create_app
from tests.conftest import serve

ORIGIN = "https://ui.example"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH"}
LIMIT = 100_000
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "access-control-allow-origin": ORIGIN,
}


@pytest.fixture
def app_settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cors_origins": [ORIGIN], "max_body_bytes": LIMIT})


@pytest.fixture(autouse=True)
def routes(app: FastAPI) -> None:
    @app.get("/fail")
    async def fail(started: bool = False) -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            raise RuntimeError

        if started:
            return StreamingResponse(parts())
        raise RuntimeError

    @app.post("/echo")
    async def echo(data: dict[str, Any]) -> None: ...

    @app.get("/api/v1/{kind:path}")
    async def read(kind: str) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"{"
            yield b"}"

        stream = StreamingResponse(parts(), headers={"Content-Length": "2"}, media_type="application/json")
        own = JSONResponse({}, headers={"Cache-Control": "no-store"})
        return {"stream": stream, "own": own, "auth/me": JSONResponse({}), "read": JSONResponse({})}[kind]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/nowhere", 404),
        ("PUT", "/health/live", 405),
        ("POST", "/echo", 422),
        ("GET", "/fail", 500),
        ("OPTIONS", "/echo", 200),
        *(("GET", f"/api/v1/{kind}", 200) for kind in ("stream", "own", "auth/me")),
    ],
)
async def test_headers_are_on_every_response(anonymous: AsyncClient, method: str, path: str, status: int) -> None:
    response = await anonymous.request(method, path, headers=PREFLIGHT)
    assert response.status_code == status
    assert HEADERS.items() <= dict(response.headers).items()
    assert ACCEPTABLE_ID.fullmatch(response.headers["x-request-id"])
    assert "etag" not in response.headers
    response = await anonymous.request(method, path, headers=PREFLIGHT | {"Origin": "https://e.example"})
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    ("known", "status"),
    [("*", 304), ("{}", 304), ("W/{}", 304), ('"a,b", W/"c" ,{}', 304), ("", 200), ('"a"', 200), ('"*"', 200)],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_read_that_is_known_is_not_sent_again(
    anonymous: AsyncClient, method: str, known: str, status: int
) -> None:
    expected = await anonymous.get("/api/v1/read", headers={"Origin": ORIGIN})
    assert expected.headers["cache-control"] == "private, no-cache"
    assert sorted(expected.headers["vary"].split(", ")) == ["Authorization", "Cookie", "Origin"]
    headers = {"Origin": ORIGIN, "If-None-Match": known.format(expected.headers["etag"])}
    response = await anonymous.request(method, "/api/v1/read", headers=headers)
    assert (response.status_code, response.text) == (status, "{}" if (method, status) == ("GET", 200) else "")
    if status == 304:
        del expected.headers["content-type"], expected.headers["content-length"]
    expected.headers["x-request-id"] = response.headers["x-request-id"]
    assert response.headers == expected.headers


async def test_good_request_id_is_kept_and_a_bad_one_replaced(anonymous: AsyncClient) -> None:
    good, bad = ["abc-1", "x" * 64, "0.A_b"], ["", "a b", "x" * 65, "né", "a\x7f", "a\tb"]
    seen: list[str] = []
    for given in good + bad:
        response = await anonymous.get("/nowhere", headers=[(b"X-Request-ID", given.encode())])
        seen.append(response.headers["x-request-id"])
        assert response.json()["request_id"] == seen[-1]
    assert seen[: len(good)] == good
    assert all(ACCEPTABLE_ID.fullmatch(made) for made in seen)
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 422), (LIMIT + 1, 413)])
async def test_body_over_the_limit_is_refused(anonymous: AsyncClient, size: int, status: int) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 50_000):
            yield b" " * min(50_000, size - start)

    for content in (chunks(), b" " * size):
        response = await anonymous.post("/echo", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"
    wrong = await anonymous.post("/echo", content=b"{}", headers={"Content-Length": "-1"})
    assert wrong.status_code == 413


async def test_preflight_names_what_is_allowed(anonymous: AsyncClient) -> None:
    asked = PREFLIGHT | {"Access-Control-Request-Headers": "authorization, content-type, x-request-id"}
    headers = (await anonymous.options("/echo", headers=asked)).headers
    assert headers["access-control-allow-credentials"] == "true"
    assert headers["access-control-allow-methods"] == "GET, POST, PATCH, DELETE"
    assert {"Authorization", "Content-Type", "X-Request-ID"} <= set(headers["access-control-allow-headers"].split(", "))


async def test_failure_while_streaming_is_not_hidden(anonymous: AsyncClient) -> None:
    with pytest.raises(RuntimeError):
        await anonymous.get("/fail", params={"started": True})


@pytest.mark.parametrize(
    ("status", "hosts"),
    [
        (200, ["shop.example", "SHOP.example:8000", "[::1]", "[::1]:8000", "10.0.0.1"]),
        (400, ["e.example", "e.example:shop.example", "shop.example@e.example", "[::2]", "::1", ""]),
    ],
)
async def test_only_known_hosts_are_served(settings: Settings, status: int, hosts: list[str]) -> None:
    known = settings.model_copy(update={"allowed_hosts": ["shop.example", "::1", "10.0.0.1"]})
    async with serve(create_app(known)) as client:
        for host in hosts:
            response = await client.get("/health/live", headers={"Host": host})
            assert response.status_code == status
            assert response.headers["x-content-type-options"] == "nosniff"
            assert ("problem" in response.headers["content-type"]) is (status == 400)


@pytest.mark.parametrize(("environment", "docs", "status"), [("production", False, 404), ("local", True, 200)])
async def test_production_is_strict(settings: Settings, environment: str, docs: bool, status: int) -> None:
    changes = {"environment": environment, "docs_enabled": docs}
    async with serve(create_app(settings.model_copy(update=changes))) as client:
        for path in ("/docs", "/redoc", "/openapi.json"):
            response = await client.get(path)
            assert response.status_code == status
            assert ("strict-transport-security" in response.headers) is (environment == "production")
            assert ("cdn.jsdelivr.net" in response.headers["content-security-policy"]) is (path != "/openapi.json")
