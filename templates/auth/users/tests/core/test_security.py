"""Passwords with hashes that take their time, as in production."""

import asyncio
import statistics
import threading
import time

import pytest
from httpx2 import AsyncClient

from app.core import security
from app.core.database import Sessions
from app.models import User
from app.services import users
from tests import factories


async def test_old_hash_is_renewed(anonymous: AsyncClient, user: User, sessions: Sessions) -> None:
    hashes = [user.password_hash]
    for _ in range(2):
        assert (await factories.log_in(anonymous, user.email)).status_code == 200
        async with sessions.read() as session:
            found = await users.find_by_email(session, user.email)
        assert found is not None
        hashes.append(found.password_hash)
    assert hashes[0] != hashes[1] == hashes[2]
    assert hashes[1].startswith("$argon2id$v=19$m=65536,t=3,p=1$")


async def test_logins_do_not_block_the_loop(committed: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    lags, threads, verify = [], [], security._hasher.verify_and_update

    def note_thread(*arguments: str) -> tuple[bool, str | None]:
        threads.append(threading.get_ident())
        return verify(*arguments)

    monkeypatch.setattr(security._hasher, "verify_and_update", note_thread)
    await committed.post("/api/v1/auth/register", json={"email": "a@example.com", "password": factories.PASSWORD})
    logins = asyncio.gather(*(factories.log_in(committed, "a@example.com") for _ in range(20)))
    while not logins.done():
        # The time that this thread worked, so that it does not matter what else the machine does.
        before = time.thread_time()
        await asyncio.sleep(0.005)
        lags.append(time.thread_time() - before)
    assert [response.status_code for response in await logins] == [200] * 20
    assert (len(threads), threading.get_ident() in threads, security._hashing.total_tokens <= 4) == (20, False, True)
    assert statistics.median(lags) < 0.05
    assert max(lags) < 0.25
