from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from httpx2 import AsyncClient
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.core.errors import AppError, NotFoundError

CAUSE = "SELECT secret FROM cause"


class Form(BaseModel):
    password: Annotated[str, Field(min_length=20)]


@pytest.fixture(autouse=True)
def routes(app: FastAPI) -> None:
    @app.post("/form")
    async def form(data: Form, limit: Annotated[int, Query()] = 1) -> None: ...


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/health/live", 405), ("POST", "/form", 422), ("POST", "/form?limit=x", 422)],
)
async def test_errors_are_problem_details(anonymous: AsyncClient, method: str, path: str, status: int) -> None:
    response = await anonymous.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["instance"] == path.partition("?")[0]
    assert problem["type"] == "about:blank"
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == response.headers["x-request-id"]


@pytest.mark.parametrize("content", [b'{"password": "short-1"}', b"{", b'"text"'])
async def test_validation_error_names_the_field_and_not_the_value(anonymous: AsyncClient, content: bytes) -> None:
    response = await anonymous.post("/form", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["location"][0] == "body"
    assert "short-1" not in response.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError(CAUSE), 500),
        (IntegrityError(CAUSE, {}, Exception(CAUSE)), 409),
        (PoolTimeoutError(CAUSE), 503),
        (AppError(), 400),
        (NotFoundError(), 404),
    ],
)
async def test_cause_of_an_error_stays_inside(
    app: FastAPI, anonymous: AsyncClient, error: Exception, status: int
) -> None:
    @app.get("/fail")
    async def fail() -> Any:
        raise error

    response = await anonymous.get("/fail")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in response.headers) is (status == 503)
    assert CAUSE not in response.text
    assert "Traceback" not in response.text
    assert response.json()["request_id"] == response.headers["x-request-id"]
