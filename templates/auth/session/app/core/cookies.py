"""The cookie of a session, and the CSRF token that a page of ours has and a page of somebody else has not."""

import hashlib
import hmac
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.security import APIKeyCookie, APIKeyHeader

from app.core.config import Settings
from app.core.errors import AppError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

cookie = APIKeyCookie(name="session", scheme_name="session", auto_error=False)
csrf_header = APIKeyHeader(
    name="X-CSRF-Token", scheme_name="csrf", description="For unsafe methods, beside the cookie.", auto_error=False
)


class CsrfError(AppError):
    status = HTTPStatus.FORBIDDEN
    message = "The header X-CSRF-Token is missing, or does not belong to this session."


def give_cookie(response: Response, settings: Settings, token: str) -> str:
    """Hand the token of a session to the browser, and return the CSRF token that belongs to it."""
    _set_cookie(response, settings, token, max_age=settings.session_days * 24 * 60 * 60)
    return csrf_token(settings, token)


def take_cookie(response: Response, settings: Settings) -> None:
    _set_cookie(response, settings, "", max_age=0)


def csrf_token(settings: Settings, token: str) -> str:
    """Nobody makes it without our key, and it is of no use with another session."""
    key = settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"csrf:" + token.encode(), hashlib.sha256).hexdigest()


def check_csrf(request: Request, settings: Settings, token: str, given: str | None) -> None:
    if request.method in SAFE_METHODS:
        return
    if not hmac.compare_digest((given or "").encode(), csrf_token(settings, token).encode()):
        raise CsrfError


async def refuse_foreign_origin(request: Request) -> None:
    """A dependency of the login, where there is no CSRF token yet: no other page signs its visitor in as somebody."""
    origin, settings = request.headers.get("Origin"), request.state["settings"]
    if origin is None or origin in settings.cors_origins:
        return
    if origin.partition("://")[2] != request.headers.get("Host"):
        raise CsrfError("A page of this origin must not sign anybody in.")


def _set_cookie(response: Response, settings: Settings, value: str, max_age: int) -> None:
    # Lax: a link to us finds its reader signed in. In development there is no TLS.
    secure = settings.environment != "local"
    response.set_cookie(cookie.model.name, value, max_age, httponly=True, samesite="lax", secure=secure)
