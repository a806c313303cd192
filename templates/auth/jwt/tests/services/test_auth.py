"""Passwords with hashes that take their time, as in production."""

import asyncio
import time

from anyio import create_task_group
from httpx2 import AsyncClient, Response
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.models import User
from tests import factories

URL = "/api/v1/auth"


async def log_in(client: AsyncClient, email: str) -> Response:
    return await client.post(f"{URL}/token", data={"username": email, "password": factories.PASSWORD})


async def test_old_hash_is_renewed(
    anonymous: AsyncClient, user: User, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    hashes = [user.password_hash]
    for _ in range(2):
        assert (await log_in(anonymous, user.email)).status_code == 200
        async with sessionmaker() as session:
            hashes.append((await session.get_one(User, user.id)).password_hash)
    assert hashes[0] != hashes[1] == hashes[2]


async def test_logins_do_not_block_the_loop(committed: AsyncClient) -> None:
    await committed.post(f"{URL}/register", json={"email": "a@example.com", "password": factories.PASSWORD})
    statuses: list[int] = []

    async def post() -> None:
        statuses.append((await log_in(committed, "a@example.com")).status_code)

    async def measure() -> float:
        """The longest that the loop kept us waiting while 20 people log in."""
        worst, started, done = 0.0, 0, len(statuses) + 20
        async with create_task_group() as group:
            while len(statuses) < done:
                if started < 20:
                    group.start_soon(post)
                    started += 1
                before = time.perf_counter()
                await asyncio.sleep(0.005)
                worst = max(worst, time.perf_counter() - before - 0.005)
        return worst

    # A busy machine may hold us up for once; a hash in the loop would do so every time.
    assert await measure() < 0.05 or await measure() < 0.05 or await measure() < 0.05
    assert set(statuses) == {200}
