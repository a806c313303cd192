from typing import Annotated

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from pydantic import BaseModel, Field

from app.core.errors import AppError, NotFoundError, UnavailableError

CAUSE = "cause and its secret"
ERRORS = {
    "unknown": (RuntimeError(CAUSE), 500),
    "busy": (UnavailableError(), 503),
    "ours": (AppError(), 400),
    "missing": (NotFoundError(), 404),
}
FORMS = (f'{{"password": "{CAUSE[:9]}"}}', "{", f'"{CAUSE}"', None)


class Form(BaseModel):
    password: Annotated[str, Field(min_length=20)]


@pytest.mark.parametrize(
    ("request_line", "content", "status"),
    [
        ("GET /no%20where/é%22(@", None, 404),
        ("DELETE /health/live", None, 405),
        *(("POST /form", form, 422) for form in FORMS),
        *((f"GET /fail/{name}", None, status) for name, (_, status) in ERRORS.items()),
    ],
)
async def test_errors_are_problem_details(
    app: FastAPI, anonymous: AsyncClient, request_line: str, content: str | None, status: int
) -> None:
    @app.post("/form")
    async def form(data: Form) -> None: ...

    @app.get("/fail/{name}")
    async def fail(name: str) -> None:
        raise ERRORS[name][0]

    headers = {"Content-Type": "application/json"}
    response = await anonymous.request(*request_line.split(), content=content, headers=headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in response.headers) is (status == 503)
    problem = response.json()
    assert problem.keys() - {"errors"} == {"type", "title", "status", "detail", "instance", "request_id"}
    assert (problem["type"], problem["status"]) == ("about:blank", status)
    assert problem["instance"] == response.url.raw_path.decode()
    assert problem["request_id"] == response.headers["x-request-id"]
    assert ("errors" in problem) is (status == 422)
    assert all(error["location"][0] == "body" for error in problem.get("errors", []))
    # Neither what was sent nor what went wrong.
    assert CAUSE[:9] not in response.text
    assert "Traceback" not in response.text
