"""Sign-in by another provider: OAuth2 by code, with PKCE, for the browser that began it and no other."""

import hmac
import secrets
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any, ClassVar

import structlog
from anyio import fail_after
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from httpx2 import AsyncBaseTransport, HTTPError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo

from app.core.errors import FOREIGN_ERRORS, AppError, UnavailableError
from app.schemas.users import UserEmail

log = structlog.get_logger(__name__)

# An attempt is good for ten minutes, and a provider has ten seconds for all that it is asked at the end of one.
LIFETIME = 600
TIMEOUT = 10.0
AUDIENCE = "oauth-attempt"


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Raise an error of a library at once as that of ours which it would leave as."""
    try:
        yield
    except Exception as error:
        for theirs, ours in FOREIGN_ERRORS.items():
            if isinstance(error, theirs):
                raise ours from error
        raise


class ForbiddenError(AppError):
    status = HTTPStatus.FORBIDDEN
    message = "This is not allowed."


class ProviderError(AppError):
    status = HTTPStatus.BAD_GATEWAY
    message = "The provider gave an answer that we cannot use."


def check_client_secret(value: SecretStr, info: ValidationInfo) -> SecretStr:
    """A provider without credentials is not there; half of them are a mistake."""
    client_id = str(info.field_name).replace("_secret", "_id")
    if bool(value.get_secret_value()) is not bool(info.data.get(client_id)):
        raise ValueError(f"goes with {client_id}: set both, or neither")
    plain = not str(info.data.get("oauth_callback_url")).startswith("https://")
    if value.get_secret_value() and plain and info.data.get("environment") == "production":
        raise ValueError("in production goes with an oauth_callback_url that begins with https://")
    return value


CallbackUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#@{}]+/\{provider\}(/[^\s?#@{}]*)?$")]
ClientSecret = Annotated[SecretStr, AfterValidator(check_client_secret)]


class Identity(BaseModel):
    """Who has signed in there; the e-mail address only if the provider has verified it."""

    provider: str
    title: str
    subject: str = Field(min_length=1, max_length=255)
    email: UserEmail | None


class Attempt(BaseModel):
    """What the browser keeps, signed, from the start of a sign-in to its end."""

    provider: str
    state: str
    nonce: str
    verifier: str

    def sign(self, key: SecretStr) -> str:
        claims = self.model_dump() | {"aud": AUDIENCE, "exp": int(time.time()) + LIFETIME}
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key.get_secret_value()))

    @classmethod
    def check(cls, signed: str, key: SecretStr, provider: str, state: str) -> "Attempt":
        """The attempt that this provider answers, if this browser began it and it is not too old."""
        wrong = AppError("This sign-in is unknown here, over or too old. Start it again.")
        try:
            claims = jwt.decode(signed, OctKey.import_key(key.get_secret_value()), algorithms=["HS256"]).claims
            jwt.JWTClaimsRegistry(aud={"essential": True, "value": AUDIENCE}, exp={"essential": True}).validate(claims)
            attempt = cls.model_validate(claims)
        except (JoseError, TypeError, ValueError) as error:
            raise wrong from error
        if attempt.provider != provider or not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise wrong
        return attempt


class Provider(ABC):
    """One provider. A subclass says where it is, and reads from it who has signed in."""

    name: ClassVar[str]
    title: ClassVar[str]
    scope: ClassVar[str]
    wrong_code: ClassVar[str] = "invalid_grant"
    """What it calls a code that is wrong, used or too old. Any other error is between it and us."""
    authorize_url: ClassVar[str]
    exchange_url: ClassVar[str]

    def __init__(
        self, client_id: str, client_secret: SecretStr, callback_url: str, transport: AsyncBaseTransport
    ) -> None:
        self.client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = callback_url.replace("{provider}", self.name)
        self._transport = transport

    def begin(self) -> tuple[str, Attempt]:
        """The address to send the browser to, and what to remember of it."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url, _ = self._client().create_authorization_url(
            self.authorize_url, state=state, nonce=nonce, code_verifier=verifier
        )
        return url, Attempt(provider=self.name, state=state, nonce=nonce, verifier=verifier)

    async def identify(self, attempt: Attempt, code: str) -> Identity:
        """Change the code for who has signed in. It waits for others: never call it with a session open."""
        client = self._client()
        try:
            with fail_after(TIMEOUT):
                token = await client.fetch_token(
                    self.exchange_url, grant_type="authorization_code", code=code, code_verifier=attempt.verifier
                )
                return await self.read(client, token, attempt)
        except (HTTPError, TimeoutError) as error:
            log.warning("provider_unavailable", provider=self.name, error=type(error).__name__)
            raise UnavailableError(f"Sign-in with {self.title} is not available. Try again in a moment.") from error
        except AuthlibBaseError as error:
            if error.error == self.wrong_code:
                raise AppError("The code is wrong, used or too old. Start the sign-in again.") from error
            log.warning("provider_refused", provider=self.name, error=error.error)
            raise ProviderError from error
        except (JoseError, LookupError, TypeError, ValueError) as error:
            log.warning("provider_not_understood", provider=self.name, error=type(error).__name__)
            raise ProviderError from error

    @abstractmethod
    async def read(self, client: AsyncOAuth2Client, token: dict[str, Any], attempt: Attempt) -> Identity: ...

    def _client(self) -> AsyncOAuth2Client:
        """For one sign-in, because it keeps the token; the connections are those of all."""
        return AsyncOAuth2Client(
            self.client_id,
            self._client_secret.get_secret_value(),
            token_endpoint_auth_method="client_secret_post",  # noqa: S106
            scope=self.scope,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            transport=self._transport,
            timeout=TIMEOUT,
        )
