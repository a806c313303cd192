import pytest
from httpx2 import AsyncClient
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from app.models import PasswordReset, User
from tests import factories

URL, AUTH = "/api/v1/users/me", "/api/v1/auth"
NEW = "another good one"

pytestmark = pytest.mark.usefixtures("quick_hashes")


async def test_me(client: AsyncClient, user: User) -> None:
    me = (await client.get(URL)).json()
    assert me.keys() == {"id", "email", "name", "created_at", "updated_at"}
    assert (me["id"], me["email"]) == (str(user.id), user.email)
    assert me["created_at"].endswith("Z")
    changed = (await client.patch(URL, json={"name": " Ada "})).json()
    assert changed["name"] == "Ada"
    assert changed["updated_at"] > me["updated_at"]
    assert (await client.patch(URL, json={})).json() == (await client.get(URL)).json() == changed
    assert (await client.patch(URL, json={"name": None})).json()["name"] is None


@pytest.mark.parametrize(
    "body",
    [
        *({"name": name} for name in ("", " ", "x" * 81, "a\x00b", 3)),
        *({field: True} for field in ("id", "email", "is_active", "is_admin", "owner_id", "token_version")),
    ],
)
async def test_wrong_change(client: AsyncClient, body: dict[str, object]) -> None:
    assert (await client.patch(URL, json=body)).status_code == 422


async def test_strangers_and_disabled_users_are_refused(
    client: AsyncClient, user: User, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    async with sessionmaker.begin() as session:
        (await session.get_one(User, user.id)).is_active = False
    for authorization in (client.headers["Authorization"], "Bearer nonsense", "Basic YTpi", ""):
        for method, body in (("GET", None), ("PATCH", {})):
            response = await client.request(method, URL, headers={"Authorization": authorization}, json=body)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"


async def test_new_password_ends_every_session(
    client: AsyncClient, user: User, sessionmaker: async_sessionmaker[AsyncSession]
) -> None:
    form = {"username": user.email, "password": factories.PASSWORD}
    tokens = (await client.post(f"{AUTH}/token", data=form)).json()
    await client.post(f"{AUTH}/password-reset", json={"email": user.email})
    body = {"current_password": factories.PASSWORD, "new_password": NEW}
    for change, status in (({"current_password": "wrong"}, 422), ({"new_password": "short"}, 422), ({}, 204)):
        assert (await client.get(URL)).status_code == 200
        assert (await client.post(f"{URL}/password", json=body | change)).status_code == status
    assert (await client.get(URL)).status_code == 401
    async with sessionmaker() as session:
        assert await session.scalar(select(func.count()).select_from(PasswordReset)) == 0
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert (await client.post(f"{AUTH}/refresh", json=refresh)).status_code == 401
    assert (await client.post(f"{AUTH}/token", data=form)).status_code == 401
    assert (await client.post(f"{AUTH}/token", data=form | {"password": NEW})).status_code == 200
