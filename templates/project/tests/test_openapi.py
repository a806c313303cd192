import re
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from app.core.config import Settings
from app.main import create_app


@pytest.fixture
def operations(app: FastAPI) -> dict[str, Any]:
    """Each operation by its method and path."""
    paths = app.openapi()["paths"]
    return {f"{method.upper()} {path}": operation for path, item in paths.items() for method, operation in item.items()}


def test_errors_are_problems(app: FastAPI, operations: dict[str, Any]) -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert {"type", "title", "status", "detail", "instance"} <= schemas["Problem"]["properties"].keys()
    assert "HTTPValidationError" not in schemas
    assert set(re.findall(r"'#/components/schemas/([^']+)'", str(app.openapi()))) <= schemas.keys()
    for operation in operations.values():
        errors = [error for status, error in operation["responses"].items() if status[0] not in "123"]
        assert errors
        assert all(error["content"].keys() == {"application/problem+json"} for error in errors)


def test_operation_ids_are_unique_and_stable(operations: dict[str, Any], settings: Settings) -> None:
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z_]+-[a-z_]+", name) for name in ids)
    assert create_app(settings).openapi()["paths"] == create_app(settings).openapi()["paths"]


async def test_api_is_limited_and_refuses_unknown_queries(anonymous: AsyncClient, operations: dict[str, Any]) -> None:
    for name, operation in operations.items():
        method, path = name.split()
        assert path.startswith(("/api/v1/", "/health/"))
        assert ("429" in operation["responses"]) is path.startswith("/api/v1/")
        if path.startswith("/api/v1/"):
            response = await anonymous.request(method, re.sub(r"{\w+}", str(uuid4()), path), params={"surprise": "1"})
            assert response.status_code == 422
            assert response.json()["errors"][0]["location"] == ["query", "surprise"]
