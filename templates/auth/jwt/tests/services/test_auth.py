"""Passwords with hashes that take their time, as in production."""

import asyncio
import statistics
import threading
import time

import pytest
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.core import security
from app.models import User
from tests import factories

FORM = {"username": "a@example.com", "password": factories.PASSWORD}


async def test_old_hash_is_renewed(
    anonymous: AsyncClient, user: User, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    hashes = [user.password_hash]
    for _ in range(2):
        await anonymous.post("/api/v1/auth/token", data=FORM | {"username": user.email})
        async with sessionmaker() as session:
            hashes.append((await session.get_one(User, user.id)).password_hash)
    assert hashes[0] != hashes[1] == hashes[2]


async def test_logins_do_not_block_the_loop(committed: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    verify_and_update = security._hasher.verify_and_update

    def verify(password: str, password_hash: str) -> tuple[bool, str | None]:
        threads.add(threading.get_ident())
        return verify_and_update(password, password_hash)

    monkeypatch.setattr(security._hasher, "verify_and_update", verify)
    body = {"email": FORM["username"], "password": FORM["password"]}
    await committed.post("/api/v1/auth/register", json=body)
    logins = asyncio.gather(*(committed.post("/api/v1/auth/token", data=FORM) for _ in range(20)))
    lags = []
    while not logins.done():
        # The time that this thread worked, so that it does not matter what else the machine does.
        before = time.thread_time()
        await asyncio.sleep(0.005)
        lags.append(time.thread_time() - before)
    assert [response.status_code for response in await logins] == [200] * 20
    assert threading.get_ident() not in threads
    assert statistics.median(lags) < 0.05
