"""The command line of the migrations: `python -m migrations upgrade head`."""

import asyncio
import json
import re
from argparse import ArgumentParser
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

from app.core.config import get_settings
from app.core.database import create_client
from migrations import differences, history
from migrations.differences import Difference
from migrations.history import Database

T = TypeVar("T")
SCRIPT = '''"""{message}"""

from migrations.history import Database

revision = "{id}"
down_revision = {after}


async def upgrade(database: Database) -> None:
{upgrade}


async def downgrade(database: Database) -> None:
{downgrade}
'''


def main(arguments: list[str] | None = None, folder: Path = history.FOLDER) -> None:
    options = _parser().parse_args(arguments)
    known = history.read(folder)
    head = history.head(known)
    match options.command:
        case "heads":
            print(head)
        case "current":
            print(asyncio.run(_with_database(history.current)))
        case "upgrade" | "downgrade":
            target = head if options.target == "head" else options.target
            down = options.command == "downgrade"
            done = asyncio.run(_with_database(lambda database: history.migrate(database, known, target, down=down)))
            print("\n".join(done) or "nothing to do")
        case "check":
            if found := asyncio.run(_with_database(lambda database: _differences(database, head))):
                raise SystemExit("\n".join(map(str, found)))
        case "revision":
            found = asyncio.run(_with_database(lambda database: _differences(database, head)))
            print(write(folder, options.message, head, found))


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m migrations", description="Change the indexes of DATABASE_URL.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("upgrade", help="go up").add_argument("target", help="a revision, or head")
    commands.add_parser("downgrade", help="go down").add_argument("target", help="a revision, or base")
    commands.add_parser("check", help="look for differences between the models and the database")
    commands.add_parser("current", help="show the revision of the database")
    commands.add_parser("heads", help="show the newest revision")
    commands.add_parser("revision", help="write what the models need").add_argument("-m", "--message", required=True)
    return parser


async def _with_database(use: Callable[[Database], Awaitable[T]]) -> T:
    # An index of a large collection takes its time.
    async with create_client(get_settings().database_url.get_secret_value(), timeoutMS=None) as client:
        return await use(client.get_default_database())


async def _differences(database: Database, head: str) -> list[Difference]:
    if await history.current(database) != head:
        raise SystemExit("The database is not at the newest revision: upgrade it first.")
    return await differences.find(database)


def write(folder: Path, message: str, after: str, found: list[Difference]) -> Path:
    """A revision that takes the differences away. An index that changes is dropped before it is made anew."""
    found = sorted(found, key=lambda difference: difference.in_models)
    script = SCRIPT.format(
        message=re.sub(r'["\\]', "'", message),
        id=(new := uuid4().hex[:12]),
        after=None if after == history.BASE else f'"{after}"',
        upgrade="\n".join(_step(one, add=one.in_models) for one in found) or "    pass",
        downgrade="\n".join(_step(one, add=not one.in_models) for one in reversed(found)) or "    pass",
    )
    slug = re.sub(r"\W+", "_", message.lower()).strip("_")[:40]
    file = folder / f"{datetime.now(UTC):%Y%m%d}_{new}_{slug}.py"
    file.write_text(script)
    return file


def _step(difference: Difference, *, add: bool) -> str:
    index, collection = difference.index, f"database[{_literal(difference.collection)}]"
    if not add:
        return f"    await {collection}.drop_index({_literal(index['name'])})"
    if strange := index.keys() - differences.TOLD - differences.OF_THE_SERVER:
        raise SystemExit(f"{difference}: write this revision by hand, for {', '.join(sorted(strange))}.")
    options = [f"{name}={_literal(index[name])}" for name in sorted(index.keys() & differences.TOLD - {"key"})]
    lines = "".join(f"\n        {argument}," for argument in (_literal(dict(index["key"])), *options))
    return f"    await {collection}.create_index({lines}\n    )"


def _literal(value: object) -> str:
    """A value in Python, with the quotes that `ruff format` leaves alone."""
    match value:
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dict():
            return "{" + ", ".join(f"{_literal(name)}: {_literal(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_literal, value)) + "]"
        case bool() | int() | float() | None:
            return repr(value)
    raise SystemExit(f"{value!r} is in an index: write this revision by hand.")


if __name__ == "__main__":
    main()
