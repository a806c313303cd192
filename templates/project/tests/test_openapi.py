import re
from uuid import uuid4

from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.config import Settings
from app.main import create_app


def test_errors_are_problems(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert {"type", "title", "status", "detail", "instance"} <= schemas["Problem"]["properties"].keys()
    assert "HTTPValidationError" not in schemas
    assert set(re.findall(r"'#/components/schemas/([^']+)'", str(app.openapi()))) <= schemas.keys()
    for operation in (operation for item in app.openapi()["paths"].values() for operation in item.values()):
        errors = [error for status, error in operation["responses"].items() if status[0] not in "123"]
        assert errors
        assert all(error["content"].keys() == {"application/problem+json"} for error in errors)


def test_operation_ids_are_unique_and_stable(app: FastAPI, settings: Settings) -> None:
    ids = [operation["operationId"] for item in app.openapi()["paths"].values() for operation in item.values()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*-[a-z][a-z0-9_]*", name) for name in ids)
    assert create_app(settings).openapi()["paths"] == app.openapi()["paths"]


async def test_api_is_limited_and_refuses_unknown_queries(app: FastAPI, anonymous: AsyncClient) -> None:
    for path, item in app.openapi()["paths"].items():
        assert path.startswith(("/api/v1/", "/health/"))
        for method, operation in item.items():
            assert ("429" in operation["responses"]) is path.startswith("/api/v1/")
            if path.startswith("/api/v1/"):
                url = re.sub(r"{\w+}", str(uuid4()), path)
                response = await anonymous.request(method, url, params={"surprise": "1"})
                assert response.status_code == 422
                assert response.json()["errors"][0]["location"] == ["query", "surprise"]
