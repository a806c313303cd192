"""Counts the statements that each request of the default project sends to its database. Run in the project's environment."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from app.main import app

sent: list[str] = []


@event.listens_for(Engine, "before_cursor_execute")
def remember(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    sent.append(statement)


async def main() -> None:
    counts: dict[str, int] = {}
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state)}, receive, send)

        async with AsyncClient(transport=ASGITransport(with_state), base_url="http://localhost") as client:

            async def ask(name: str, method: str, path: str, **options: Any) -> Any:
                sent.clear()
                response = (await client.request(method, f"/api/v1{path}", **options)).raise_for_status()
                counts[name] = len(sent)
                return response.json() if response.content else {}

            account = {"email": "queries@example.com", "password": "correct horse"}
            await client.post("/api/v1/auth/register", json=account)
            form = {"username": account["email"], "password": account["password"]}
            tokens = await ask("login", "POST", "/auth/token", data=form)
            client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
            item = await ask("create", "POST", "/items", json={"name": "Lamp", "price": "1.00"})
            for number in range(30):
                await client.post("/api/v1/items", json={"name": f"Lamp {number}", "price": "1.00"})
            await ask("list of 20", "GET", "/items")
            await ask("read", "GET", f"/items/{item['id']}")
            await ask("change", "PATCH", f"/items/{item['id']}", json={"name": "Light"})
            await ask("delete", "DELETE", f"/items/{item['id']}")
            sent.clear()
            await client.get("/health/live")
            counts["live"] = len(sent)
    print(json.dumps(counts))


asyncio.run(main())
