"""Passwords and opaque tokens, and how often they may be tried."""

import hashlib
import os
import secrets

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from app.core.rate_limit import client_key

# A hash takes 64 MiB and a processor for a while: four at once at most, as a container has less than its machine.
_hasher = PasswordHash((Argon2Hasher(memory_cost=65_536, time_cost=3, parallelism=1),))
_hashing = CapacityLimiter(min(os.cpu_count() or 1, 4))
_unknown_user_hash = _hasher.hash(secrets.token_urlsafe())


async def hash_password(password: str) -> str:
    return await to_thread.run_sync(_hasher.hash, password, limiter=_hashing)


async def verify_password(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Whether it fits, and a new hash when the old one is out of date. Takes as long without a hash to compare."""
    known = password_hash or _unknown_user_hash
    fits, new_hash = await to_thread.run_sync(_hasher.verify_and_update, password, known, limiter=_hashing)
    return fits and password_hash is not None, new_hash


def new_token() -> str:
    """An opaque token. The client keeps it; the database keeps only its hash."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def limit_logins(request: Request) -> None:
    """A dependency of every route where a password, a mail address or a reset token can be tried."""
    await request.state["limiter"].hit(request.state["settings"].login_rate_limit, "login", client_key(request))
