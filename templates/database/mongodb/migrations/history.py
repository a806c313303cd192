"""The revisions on disk, and the one that the database has.

MongoDB takes nothing back when a revision fails halfway, and the revision will be run again from its start. So it has
one step, or steps that may already be done: `create_index`, `drop`, an update of what still has the old form.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

Database = AsyncDatabase[dict[str, Any]]
FOLDER = Path(__file__).parent / "revisions"
BASE = "base"
# The collection with the one document that names the last revision.
RECORD, LAST = "migrations", {"_id": "last"}


class Revision(NamedTuple):
    id: str
    after: str
    upgrade: Callable[[Database], Awaitable[None]]
    downgrade: Callable[[Database], Awaitable[None]]


def read(folder: Path = FOLDER) -> list[Revision]:
    """All revisions, each after the one that it follows."""
    found = [_load(file) for file in sorted(folder.glob("*.py"))]
    following = {revision.after: revision for revision in found}
    if len(following) < len(found):
        raise SystemExit("Two revisions follow the same one: let one of them follow the other.")
    ordered: list[Revision] = []
    while revision := following.pop(ordered[-1].id if ordered else BASE, None):
        ordered.append(revision)
    if following:
        raise SystemExit(f"No revision that is followed from the base has the id {', '.join(following)}.")
    return ordered


def _load(file: Path) -> Revision:
    spec = spec_from_file_location(f"migrations.revisions.{file.stem}", file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file} cannot be read.")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return Revision(module.revision, module.down_revision or BASE, module.upgrade, module.downgrade)


def head(revisions: list[Revision]) -> str:
    return revisions[-1].id if revisions else BASE


async def current(database: Database) -> str:
    """The last revision that the database took."""
    last = await database[RECORD].find_one(LAST)
    return str(last["revision"]) if last else BASE


async def migrate(database: Database, revisions: list[Revision], target: str, *, down: bool = False) -> list[str]:
    """Go up to the target, or down, and tell what was done."""
    ids = [BASE, *(revision.id for revision in revisions)]
    here = await current(database)
    for name in (here, target):
        if name not in ids:
            raise SystemExit(f"There is no revision {name}.")
    start, end = ids.index(here), ids.index(target)
    if (start < end) if down else (end < start):
        raise SystemExit(f"{target} lies the other way from {here}.")
    way = [(revision.upgrade, revision.after, revision.id) for revision in revisions[start:end]]
    way += [(revision.downgrade, revision.id, revision.after) for revision in reversed(revisions[end:start])]
    for step, before, after in way:
        await step(database)
        await _record(database, before, after)
    return [f"{before} -> {after}" for _, before, after in way]


async def _record(database: Database, before: str, after: str) -> None:
    """Only from where this run began: of two that migrate at once, one ends here."""
    same, change = LAST | {"revision": before}, {"$set": {"revision": after}}
    # Two that begin at the base both find nothing to change: the second to insert it ends here as well.
    with suppress(DuplicateKeyError):
        changed = await database[RECORD].update_one(same, change, upsert=before == BASE)
        if changed.modified_count or changed.upserted_id:
            return
    raise SystemExit(f"Another migration went on from {before} meanwhile.")
