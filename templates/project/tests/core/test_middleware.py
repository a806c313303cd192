from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from httpx2 import AsyncClient

from app.core.config import Settings
from app.core.middleware import ACCEPTABLE_ID
from app.main import create_app
from tests.conftest import serve

ORIGIN = "https://ui.example"
PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "PATCH"}


@pytest.fixture
def app_settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"cors_origins": [ORIGIN], "rate_limit": "3/minute", "max_body_bytes": 100_000})


@pytest.fixture(autouse=True)
def routes(app: FastAPI) -> None:
    @app.get("/fail")
    async def fail() -> None:
        raise RuntimeError

    @app.post("/echo")
    async def echo(data: dict[str, Any]) -> dict[str, Any]:
        return data


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/nowhere", 404),
        ("PUT", "/health/live", 405),
        ("POST", "/echo", 422),
        ("GET", "/fail", 500),
        ("OPTIONS", "/echo", 200),
    ],
)
async def test_security_headers_are_on_every_response(
    anonymous: AsyncClient, method: str, path: str, status: int
) -> None:
    response = await anonymous.request(method, path, headers=PREFLIGHT)
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert ACCEPTABLE_ID.fullmatch(response.headers["x-request-id"])


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "né", "a\x7f", "a\tb"])
async def test_bad_request_id_is_replaced(anonymous: AsyncClient, given: str) -> None:
    response = await anonymous.get("/health/live", headers=[(b"X-Request-ID", given.encode())])
    assert response.headers["x-request-id"] != given
    assert ACCEPTABLE_ID.fullmatch(response.headers["x-request-id"])


@pytest.mark.parametrize("given", ["abc-1", "x" * 64, "0.A_b"])
async def test_good_request_id_is_kept(anonymous: AsyncClient, given: str) -> None:
    response = await anonymous.get("/nowhere", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] == response.json()["request_id"] == given


async def test_request_ids_differ(anonymous: AsyncClient) -> None:
    assert len({(await anonymous.get("/health/live")).headers["x-request-id"] for _ in range(3)}) == 3


@pytest.mark.parametrize(("size", "status"), [(100_000, 422), (100_001, 413)])
@pytest.mark.parametrize("chunked", [False, True])
async def test_body_over_the_limit_is_refused(anonymous: AsyncClient, size: int, status: int, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 50_000):
            yield b" " * min(50_000, size - start)

    content = chunks() if chunked else b" " * size
    response = await anonymous.post("/echo", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


async def test_wrong_length_is_refused(anonymous: AsyncClient) -> None:
    headers = {"Content-Length": "-1", "Content-Type": "application/json"}
    assert (await anonymous.post("/echo", content=b"{}", headers=headers)).status_code == 413


async def test_preflight_names_what_is_allowed(anonymous: AsyncClient) -> None:
    asked = PREFLIGHT | {"Access-Control-Request-Headers": "authorization, content-type, x-request-id"}
    headers = (await anonymous.options("/echo", headers=asked)).headers
    assert headers["access-control-allow-credentials"] == "true"
    assert set(headers["access-control-allow-methods"].split(", ")) == {"GET", "POST", "PATCH", "DELETE"}
    assert {"authorization", "content-type", "x-request-id"} <= {
        name.strip().lower() for name in headers["access-control-allow-headers"].split(",")
    }


async def test_unlisted_origin_gets_nothing(anonymous: AsyncClient) -> None:
    for method in ("GET", "OPTIONS"):
        response = await anonymous.request(method, "/health/live", headers=PREFLIGHT | {"Origin": "https://e.example"})
        assert "access-control-allow-origin" not in response.headers


async def test_documentation_may_load_its_script(anonymous: AsyncClient) -> None:
    response = await anonymous.get("/docs")
    assert response.status_code == 200
    assert "cdn.jsdelivr.net" in response.headers["content-security-policy"]


async def test_failure_while_streaming_is_not_hidden(app: FastAPI, anonymous: AsyncClient) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"one"
        raise RuntimeError

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(parts())

    with pytest.raises(RuntimeError):
        await anonymous.get("/stream")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("shop.example", 200),
        ("SHOP.example:8000", 200),
        ("[::1]", 200),
        ("[::1]:8000", 200),
        ("10.0.0.1", 200),
        ("evil.example", 400),
        ("evil.example:shop.example", 400),
        ("shop.example@evil.example", 400),
        ("evil.example/shop.example", 400),
        ("[::2]", 400),
        ("::1", 400),
        ("", 400),
    ],
)
async def test_only_known_hosts_are_served(settings: Settings, host: str, status: int) -> None:
    known = settings.model_copy(update={"allowed_hosts": ["shop.example", "::1", "10.0.0.1"]})
    async with serve(create_app(known)) as client:
        response = await client.get("/health/live", headers={"Host": host})
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    if status == 400:
        assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("environment", "strict"), [("production", True), ("local", False)])
async def test_production_insists_on_tls(settings: Settings, environment: str, strict: bool) -> None:
    async with serve(create_app(settings.model_copy(update={"environment": environment}))) as client:
        assert ("strict-transport-security" in (await client.get("/health/live")).headers) is strict


@pytest.mark.parametrize(("enabled", "status"), [(True, 200), (False, 404)])
async def test_documentation_follows_its_setting(settings: Settings, enabled: bool, status: int) -> None:
    async with serve(create_app(settings.model_copy(update={"docs_enabled": enabled}))) as client:
        for path in ("/docs", "/redoc", "/openapi.json"):
            assert (await client.get(path)).status_code == status
