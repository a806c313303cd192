from typing import Any

import pytest
from fastapi import Request, Response

from app.core.config import Settings
from app.core.cookies import CsrfError, check_csrf, csrf_token, give_cookie, take_cookie

COMMON = {"httponly", "path=/", "samesite=lax"}


@pytest.mark.parametrize(
    ("changes", "flags"),
    [
        ({}, {"max-age=1209600"}),
        ({"environment": "staging"}, {"max-age=1209600", "secure"}),
        ({"environment": "production", "session_days": 1}, {"max-age=86400", "secure"}),
    ],
)
def test_cookie_is_out_of_reach_for_scripts_and_other_sites(
    settings: Settings, changes: dict[str, Any], flags: set[str]
) -> None:
    response, settings = Response(), settings.model_copy(update=changes)
    assert give_cookie(response, settings, "token") == csrf_token(settings, "token")
    take_cookie(response, settings)
    given, taken = [set(value.lower().split("; ")) for value in response.headers.getlist("set-cookie")]
    assert given == COMMON | flags | {"session=token"}
    secure = flags & {"secure"}
    assert taken == COMMON | secure | {'session=""', "max-age=0"}


def test_csrf_token_is_of_one_session_and_one_key(settings: Settings) -> None:
    other = settings.model_copy(update={"secret_key": type(settings.secret_key)("another key")})
    tokens = [csrf_token(settings, "a"), csrf_token(settings, "b"), csrf_token(other, "a")]
    assert len(set(tokens)) == 3
    assert csrf_token(settings, "a") == tokens[0]


@pytest.mark.parametrize("given", [None, "", "nonsense", "ü"])
def test_wrong_csrf_token(settings: Settings, given: str | None) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        check_csrf(Request({"type": "http", "method": method}), settings, "token", given)
    for method in ("POST", "PATCH", "PUT", "DELETE", "UNKNOWN"):
        with pytest.raises(CsrfError):
            check_csrf(Request({"type": "http", "method": method}), settings, "token", given)
