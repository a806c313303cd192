import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import security
from app.core.database import Sessions
from app.core.errors import InvalidInputError
from app.schemas.users import ResetConfirm
from app.services import users
from tests import factories
from tests.conftest import serve

A, NEW = "a@example.com", "another good one"

pytestmark = pytest.mark.usefixtures("quick_hashes", "committed")


async def ask(sessions: Sessions, email: str) -> str:
    async with sessions.write.begin() as session:
        return str(await users.request_reset(session, email))


async def test_nothing_is_hashed_while_a_connection_is_held(
    app: FastAPI, engine: AsyncEngine, committed_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, pool = [], engine.pool
    assert isinstance(pool, QueuePool)

    def note(hasher: Callable[..., Any]) -> Callable[..., Any]:
        def hash_and_note(*arguments: str) -> Any:
            held.append(pool.checkedout())
            return hasher(*arguments)

        return hash_and_note

    for name in ("hash", "verify_and_update"):
        monkeypatch.setattr(security._hasher, name, note(getattr(security._hasher, name)))
    async with serve(app, sessions=committed_sessions) as client:
        await client.post("/api/v1/auth/register", json={"email": A, "password": factories.PASSWORD})
        await factories.log_in(client, A)
        change = {"current_password": factories.PASSWORD, "new_password": NEW}
        assert (await client.post("/api/v1/users/me/password", json=change)).status_code == 204
        confirm = {"token": await ask(committed_sessions, A), "password": NEW}
        assert (await client.post("/api/v1/auth/password-reset/confirm", json=confirm)).status_code == 204
    assert held == [0] * 5


async def test_changes_at_once_wait_for_each_other(committed_sessions: Sessions) -> None:
    async with committed_sessions.write.begin() as session:
        user = await factories.make_user(session)

    async def change() -> None:
        async with committed_sessions.write.begin() as session:
            found = await users.find_by_email(session, user.email)
            assert found is not None
            await users.set_password(session, found, found.password_hash)

    for _ in range(8):
        tokens = await asyncio.gather(*(ask(committed_sessions, user.email) for _ in range(3)))
        given = [ResetConfirm(token=token, password=NEW) for token in tokens]
        confirming = (users.confirm_reset(committed_sessions, data) for data in given)
        ends = await asyncio.gather(change(), *confirming, return_exceptions=True)
        # One token is good, if the other change does not come first.
        assert [type(end) for end in ends].count(InvalidInputError) >= 2
        assert {type(end) for end in ends} <= {type(None), InvalidInputError}
