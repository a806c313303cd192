"""One error tree, and one shape for every error that leaves the API: RFC 9457 problem details.

AppError
├── ConflictError          409
├── InvalidInputError      422
├── NotFoundError          404
├── TooManyRequestsError   429
├── UnauthorizedError      401
└── UnavailableError       503
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.types import Scope

MEDIA_TYPE = "application/problem+json"


class AppError(Exception):
    """An error that the client should see. Services raise it; a handler below turns it into a response."""

    status: ClassVar[HTTPStatus] = HTTPStatus.BAD_REQUEST
    detail: ClassVar[str] = "The request could not be done."
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, detail: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.message = detail or self.detail
        self.response_headers = {**self.headers, **(headers or {})}
        super().__init__(self.message)


class ConflictError(AppError):
    status = HTTPStatus.CONFLICT
    detail = "This conflicts with something that exists."


class InvalidInputError(AppError):
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    detail = "The request is not valid."


class NotFoundError(AppError):
    status = HTTPStatus.NOT_FOUND
    detail = "There is no such thing here."


class TooManyRequestsError(AppError):
    status = HTTPStatus.TOO_MANY_REQUESTS
    detail = "Too many requests."


class UnauthorizedError(AppError):
    status = HTTPStatus.UNAUTHORIZED
    detail = "The credentials are missing or wrong."
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class UnavailableError(AppError):
    status = HTTPStatus.SERVICE_UNAVAILABLE
    detail = "The service is not ready. Try again in a moment."
    headers: ClassVar[Mapping[str, str]] = {"Retry-After": "5"}


class FieldError(BaseModel):
    location: list[str | int]
    message: str
    type: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str
    request_id: str | None = None
    errors: list[FieldError] | None = Field(default=None, description="What is wrong, field by field (422 only).")


def problem_response(
    scope: Scope,
    status: int,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[FieldError] | None = None,
) -> JSONResponse:
    title, request_id = HTTPStatus(status).phrase, scope.get("state", {}).get("request_id")
    problem = Problem(
        title=title, status=status, detail=detail, instance=scope["path"], request_id=request_id, errors=errors
    )
    body = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Document these errors, and any other, on a route or a router. FastAPI then leaves its own 422 out."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    descriptions = {int(status): status.phrase for status in statuses} | {"default": "Any other error."}
    return {status: {"description": text, "content": content} for status, text in descriptions.items()}


def add_error_handlers(app: FastAPI) -> None:
    for kind in (AppError, HTTPException, RequestValidationError, IntegrityError, PoolTimeoutError):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    fields = None
    match error:
        case HTTPException():
            return problem_response(request.scope, error.status_code, error.detail, headers=error.headers)
        case AppError():
            known = error
        case RequestValidationError():
            # The value that was refused is left out: it may be a password.
            fields = [FieldError(location=list(e["loc"]), message=e["msg"], type=e["type"]) for e in error.errors()]
            known = InvalidInputError()
        case IntegrityError():
            known = ConflictError()
        case _:
            known = UnavailableError()
    return problem_response(request.scope, known.status, known.message, headers=known.response_headers, errors=fields)
