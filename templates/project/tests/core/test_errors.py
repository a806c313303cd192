from typing import Annotated

import pytest
from fastapi import Body, FastAPI
from httpx2 import AsyncClient

from app.core.errors import AppError, InvalidInputError, NotFoundError, UnavailableError

CAUSE = "cause and its secret"
ERRORS = [RuntimeError(CAUSE), UnavailableError(), AppError(), NotFoundError(), InvalidInputError("Wrong.", "body")]


@pytest.mark.parametrize(
    ("request_line", "content", "status"),
    [
        ("GET /no%20where/é%22(@", None, 404),
        ("DELETE /health/live", None, 405),
        *(("POST /form", form, 422) for form in (f'{{"password": "{CAUSE[:9]}"}}', "{", f'"{CAUSE}"', None)),
        *((f"GET /fail/{number}", None, status) for number, status in enumerate([500, 503, 400, 404, 422])),
    ],
)
async def test_errors_are_problem_details(
    app: FastAPI, anonymous: AsyncClient, request_line: str, content: str | None, status: int
) -> None:
    @app.post("/form")
    async def form(password: Annotated[str, Body(embed=True, min_length=20)]) -> None: ...

    @app.get("/fail/{number}")
    async def fail(number: int) -> None:
        raise ERRORS[number]

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
