"""Passwords with hashes that take their time, as in production."""

import asyncio
import itertools
import time

from anyio import create_task_group
from httpx2 import AsyncClient
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

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


async def test_twenty_logins_do_not_block_the_loop(committed: AsyncClient) -> None:
    statuses: list[int] = []

    async def log_in() -> None:
        statuses.append((await committed.post("/api/v1/auth/token", data=FORM)).status_code)

    body = {"email": FORM["username"], "password": FORM["password"]}
    await committed.post("/api/v1/auth/register", json=body)
    longest = 0.0
    async with create_task_group() as group:
        for tick in itertools.count():
            # The time that this thread worked, so that it does not matter what else the machine does.
            before = time.thread_time()
            if tick < 20:
                group.start_soon(log_in)
            await asyncio.sleep(0.005)
            longest = max(longest, time.thread_time() - before)
            if len(statuses) == 20:
                break
    assert statuses == [200] * 20
    assert longest < 0.05
