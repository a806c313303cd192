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
    assert not {"HTTPValidationError", "ValidationError"} & schemas.keys()
    for operation in operations.values():
        for status, response in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                assert response["content"].keys() == {"application/problem+json"}
        assert "default" in operation["responses"]


def test_references_lead_somewhere(app: FastAPI) -> None:
    document = app.openapi()
    for name in re.findall(r"'#/components/schemas/([^']+)'", str(document)):
        assert name in document["components"]["schemas"]


def test_operation_ids_are_unique_and_stable(operations: dict[str, Any], settings: Settings) -> None:
    ids = [operation["operationId"] for operation in operations.values()]
    assert len(ids) == len(set(ids))
    assert "health-live" in ids
    assert all(re.fullmatch(r"[a-z_]+-[a-z_]+", name) for name in ids)
    assert create_app(settings).openapi()["paths"] == create_app(settings).openapi()["paths"]


def test_everything_but_health_is_limited_and_under_the_prefix(operations: dict[str, Any]) -> None:
    for name, operation in operations.items():
        assert name.split()[1].startswith(("/api/v1/", "/health/"))
        assert ("429" in operation["responses"]) is ("/api/v1/" in name)


async def test_unknown_query_is_refused(anonymous: AsyncClient, operations: dict[str, Any]) -> None:
    for name in operations:
        method, path = name.split()
        if path.startswith("/api/v1/"):
            response = await anonymous.request(method, re.sub(r"{\w+}", str(uuid4()), path), params={"surprise": "1"})
            assert response.status_code == 422
            assert response.json()["errors"][0]["location"] == ["query", "surprise"]
