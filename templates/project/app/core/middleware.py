"""Pure ASGI middleware. None of them buffers, and each passes what it does not handle."""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import problem_response

log = structlog.get_logger(__name__)

REQUEST_ID = "X-Request-ID"
ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[^\s/@:\[\]]+)(:[0-9]+)?")
OUR_FAULT = (HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
UNKNOWN_HOST = (HTTPStatus.BAD_REQUEST, "The Host header is not known here.")
TOO_LARGE = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request body is too large.")
DOCS_PATHS = ("/docs", "/redoc")
# Reads of the API may be kept by the client, which asks each time whether they still hold; nothing that signs in may.
KEPT_PATHS = re.compile(r"/api/v1/(?!auth/)")
ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
HSTS = {"Strict-Transport-Security": "max-age=63072000"}
# The interactive documentation loads its script and style from a CDN.
DOCS_POLICY = (
    "default-src 'none'; frame-ancestors 'none'; connect-src 'self'; img-src data: https://fastapi.tiangolo.com; "
    "script-src 'unsafe-inline' https://cdn.jsdelivr.net; style-src 'unsafe-inline' https://cdn.jsdelivr.net"
)


@dataclass
class Middleware(ABC):
    """Hands HTTP requests to `handle` and everything else on."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (self.handle if scope["type"] == "http" else self.app)(scope, receive, send)

    @abstractmethod
    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None: ...


def at_start(send: Send, look: Callable[[Message], None]) -> Send:
    """A `send` that shows the start of the response, where status and headers are, before it goes out."""

    async def send_after_look(message: Message) -> None:
        if message["type"] == "http.response.start":
            look(message)
        await send(message)

    return send_after_look


class RequestMiddleware(Middleware):
    """Gives each request an id, for its response and its log lines, and logs it: never the query or a header."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if ACCEPTABLE_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        started, status = time.perf_counter(), 0

        def look(message: Message) -> None:
            nonlocal status
            status = int(message["status"])
            MutableHeaders(scope=message)[REQUEST_ID] = request_id

        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, at_start(send, look))
            finally:
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                log.info("request", method=scope["method"], path=scope["path"], status=status, ms=milliseconds)


@dataclass
class SecurityHeadersMiddleware(Middleware):
    """Adds security headers to every response."""

    hsts: bool

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        def add(message: Message) -> None:
            headers = MutableHeaders(scope=message)
            for name, value in (SECURITY_HEADERS | (HSTS if self.hsts else {})).items():
                headers.setdefault(name, value)
            if scope["path"].startswith(DOCS_PATHS):
                headers["Content-Security-Policy"] = DOCS_POLICY

        await self.app(scope, receive, at_start(send, add))


class ConditionalMiddleware(Middleware):
    """Gives a read an ETag, and answers 304 to a client that has it already. A HEAD is a GET without its body.

    What is streamed, or says itself how it may be kept, stays as it is.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD") or not KEPT_PATHS.match(scope["path"]):
            return await self.app(scope, receive, send)
        known = ",".join(Headers(scope=scope).getlist("if-none-match"))
        bodiless, start = scope["method"] == "HEAD", None

        async def send_what_is_new(message: Message) -> None:
            nonlocal bodiless, start
            if message["type"] == "http.response.start" and _may_be_kept(message):
                start = message  # Its headers depend on the body, which comes next.
                return
            if start is not None:
                if not message.get("more_body"):
                    bodiless |= _tag(start, message.get("body", b""), known)
                await send(start)
                start = None
            await send({**message, "body": b""} if bodiless and "body" in message else message)

        await self.app({**scope, "method": "GET"}, receive, send_what_is_new)


def _may_be_kept(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    if start["status"] != HTTPStatus.OK or "cache-control" in headers or "etag" in headers:
        return False
    return headers.get("content-type") == "application/json" and "content-length" in headers


def _tag(start: Message, body: bytes, known: str) -> bool:
    """Set the headers of a response that may be kept, and tell whether the client has it: RFC 9110, weak comparison."""
    tag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    headers = MutableHeaders(scope=start)
    headers["ETag"], headers["Cache-Control"] = tag, "private, no-cache"
    headers.add_vary_header("Authorization, Cookie")  # Origin is there already
    has_it = known.strip() == "*" or tag in ENTITY_TAG.findall(known)
    if has_it:
        start["status"] = HTTPStatus.NOT_MODIFIED
        del headers["content-type"], headers["content-length"]
    return has_it


class UnhandledErrorMiddleware(Middleware):
    """Answers 500 with a problem that says nothing of the cause; the log has it."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        def note(_message: Message) -> None:
            nonlocal started
            started = True

        try:
            await self.app(scope, receive, at_start(send, note))
        except Exception:
            log.exception("unhandled_error")
            if started:
                raise
            await problem_response(scope, *OUR_FAULT)(scope, receive, send)


@dataclass
class HostMiddleware(Middleware):
    """Refuses a Host that is not ours. `*` allows any."""

    allowed: Collection[str]

    def __post_init__(self) -> None:
        self.allowed = {host.lower().strip("[]") for host in self.allowed}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = HOST.fullmatch(Headers(scope=scope).get("host", "").lower())
        if "*" in self.allowed or (host is not None and host["name"].strip("[]") in self.allowed):
            await self.app(scope, receive, send)
        else:
            await problem_response(scope, *UNKNOWN_HOST)(scope, receive, send)


@dataclass
class BodyLimitMiddleware(Middleware):
    """Refuses a request body over the limit, whether its length was declared or not."""

    max_bytes: int

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        received = 0

        async def receive_and_count() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                # FastAPI reads the body now: only an HTTPException passes through it unchanged.
                raise HTTPException(*TOO_LARGE)
            return message

        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) <= self.max_bytes:
            await self.app(scope, receive_and_count, send)
        else:
            await problem_response(scope, *TOO_LARGE)(scope, receive, send)
