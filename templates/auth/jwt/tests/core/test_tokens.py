from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from app.core.config import Settings
from app.core.errors import UnauthorizedError
from app.core.tokens import ISSUER, create_access_token, read_access_token

USER = uuid4()


def forge(settings: Settings, *, without: str = "", algorithm: str = "HS256", key: str = "", **changes: Any) -> str:
    right_key = settings.secret_key.get_secret_value()
    if "exp" in changes:
        changes["exp"] = datetime.now(UTC) + timedelta(seconds=changes["exp"])
    token = create_access_token(settings, USER, 1)
    claims = jwt.decode(token, right_key, algorithms=["HS256"], audience=ISSUER) | changes
    claims.pop(without, None)
    return jwt.encode(claims, "" if algorithm == "none" else key or right_key, algorithm=algorithm)


@pytest.mark.parametrize("minutes", [1, 30])
def test_good_token(settings: Settings, minutes: int) -> None:
    token = forge(settings.model_copy(update={"access_token_minutes": minutes}))
    claims = read_access_token(settings, token)
    assert (claims.sub, claims.ver) == (USER, 1)
    times = jwt.decode(token, options={"verify_signature": False})
    assert times["exp"] - times["iat"] == minutes * 60


@pytest.mark.parametrize(
    "forgery",
    [
        *({"without": claim} for claim in ("exp", "iat", "sub", "aud", "iss", "jti", "typ", "ver")),
        *({claim: "other"} for claim in ("aud", "iss", "sub")),
        {"typ": "refresh"},
        {"exp": -1},
        {"algorithm": "none"},
        {"algorithm": "HS512"},
        {"key": uuid4().hex},
    ],
)
def test_wrong_token(settings: Settings, forgery: dict[str, Any]) -> None:
    with pytest.raises(UnauthorizedError):
        read_access_token(settings, forge(settings, **forgery))
