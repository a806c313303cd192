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
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        instance=scope["path"],
        request_id=scope.get("state", {}).get("request_id"),
        errors=errors,
    )
    body = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(body, status_code=status, headers=headers, media_type=MEDIA_TYPE)


def problems(*statuses: HTTPStatus) -> dict[int | str, dict[str, Any]]:
    """Document these errors on a route or a router."""
    return {int(status): _openapi_response(status.phrase) for status in statuses}


def default_problem() -> dict[int | str, dict[str, Any]]:
    """Document every other error; it also keeps FastAPI's own 422 schema out of the OpenAPI document."""
    return {"default": _openapi_response("Any other error.")}


def _openapi_response(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def add_error_handlers(app: FastAPI) -> None:
    app.exception_handler(AppError)(_handle_app_error)
    app.exception_handler(HTTPException)(_handle_http_exception)
    app.exception_handler(RequestValidationError)(_handle_validation_error)
    app.exception_handler(IntegrityError)(_handle_database_error)
    app.exception_handler(PoolTimeoutError)(_handle_database_error)


async def _handle_app_error(request: Request, error: AppError) -> Response:
    return problem_response(request.scope, error.status, error.message, headers=error.response_headers)


async def _handle_http_exception(request: Request, error: HTTPException) -> Response:
    return problem_response(request.scope, error.status_code, error.detail, headers=error.headers)


async def _handle_validation_error(request: Request, error: RequestValidationError) -> Response:
    # The value that was refused is left out: it may be a password.
    errors = [FieldError(location=list(item["loc"]), message=item["msg"], type=item["type"]) for item in error.errors()]
    return problem_response(request.scope, InvalidInputError.status, InvalidInputError.detail, errors=errors)


async def _handle_database_error(request: Request, error: Exception) -> Response:
    known = ConflictError() if isinstance(error, IntegrityError) else UnavailableError()
    return await _handle_app_error(request, known)
