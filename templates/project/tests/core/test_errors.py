from typing import Annotated

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.core.errors import AppError, NotFoundError

CAUSE = "SELECT secret FROM cause"
ERRORS = {
    "unknown": (RuntimeError(CAUSE), 500),
    "taken": (IntegrityError(CAUSE, {}, Exception(CAUSE)), 409),
    "busy": (PoolTimeoutError(CAUSE), 503),
    "ours": (AppError(), 400),
    "missing": (NotFoundError(), 404),
}


class Form(BaseModel):
    password: Annotated[str, Field(min_length=20)]


@pytest.fixture(autouse=True)
def routes(app: FastAPI) -> None:
    @app.post("/form")
    async def form(data: Form, limit: int = 1) -> None: ...

    @app.get("/fail/{name}")
    async def fail(name: str) -> None:
        raise ERRORS[name][0]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /nowhere", 404),
        ("DELETE /health/live", 405),
        ("POST /form", 422),
        ("POST /form?limit=x", 422),
        *((f"GET /fail/{name}", status) for name, (_, status) in ERRORS.items()),
    ],
)
async def test_errors_are_problem_details(anonymous: AsyncClient, request_line: str, status: int) -> None:
    response = await anonymous.request(*request_line.split())
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["instance"] == response.url.path
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]
    assert ("retry-after" in response.headers) is (status == 503)
    assert CAUSE not in response.text
    assert "Traceback" not in response.text


@pytest.mark.parametrize("content", [b'{"password": "short-1"}', b"{", b'"text"'])
async def test_validation_error_names_the_field_and_not_the_value(anonymous: AsyncClient, content: bytes) -> None:
    response = await anonymous.post("/form", content=content, headers={"Content-Type": "application/json"})
    assert response.json()["errors"][0]["location"][0] == "body"
    assert "short-1" not in response.text
