"""What the indexes of the models and those in the database do not share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.models import DOCUMENTS
from migrations.history import RECORD, Database

# What makes two indexes of one name different ones.
TOLD = ("key", "unique", "partialFilterExpression", "expireAfterSeconds")


@dataclass(frozen=True)
class Difference:
    """An index that only the models have, or only the database. One that differs is both."""

    collection: str
    index: dict[str, Any]
    in_models: bool

    def __str__(self) -> str:
        return f"{'missing' if self.in_models else 'not in the models'}: {self.collection} {self.index}"


async def find(database: Database) -> list[Difference]:
    declared = {kind.COLLECTION: [_plain(index.document) for index in kind.INDEXES] for kind in DOCUMENTS}
    names = {name for name in await database.list_collection_names() if not name.startswith("system.")} - {RECORD}
    differences = []
    for name in sorted(names | declared.keys()):
        wanted = declared.get(name, [])
        there = [_plain(index) async for index in await database[name].list_indexes() if index["name"] != "_id_"]
        differences += [Difference(name, index, False) for index in there if index not in wanted]
        differences += [Difference(name, index, True) for index in wanted if index not in there]
    return differences


def _plain(index: Mapping[str, Any]) -> dict[str, Any]:
    told = {option: index[option] for option in TOLD if option in index}
    return {"name": index["name"], **told, "key": dict(index["key"])}
