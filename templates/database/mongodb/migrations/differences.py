"""What the indexes of the models and those in the database do not share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.models import DOCUMENTS
from migrations.history import RECORD, Database

# What makes two indexes of one name different ones.
TOLD = {"name", "key", "unique", "sparse", "hidden", "partialFilterExpression", "expireAfterSeconds"}
# What a server adds. Any other option, such as a collation, is not compared: each side spells it in its own way.
OF_THE_SERVER = {"v", "ns", "background"}


@dataclass(frozen=True)
class Difference:
    """An index that only the models have, or only the database. One that differs is both."""

    collection: str
    index: Mapping[str, Any]
    in_models: bool

    def __str__(self) -> str:
        return f"{'missing' if self.in_models else 'not in the models'}: {self.collection} {_told(self.index)}"


async def find(database: Database) -> list[Difference]:
    declared = {kind.COLLECTION: [index.document for index in kind.INDEXES] for kind in DOCUMENTS}
    names = {name for name in await database.list_collection_names() if not name.startswith("system.")} - {RECORD}
    differences = []
    for name in sorted(names | declared.keys()):
        wanted = declared.get(name, [])
        there = [index async for index in await database[name].list_indexes() if index["name"] != "_id_"]
        differences += [Difference(name, index, False) for index in there if _told(index) not in map(_told, wanted)]
        differences += [Difference(name, index, True) for index in wanted if _told(index) not in map(_told, there)]
    return differences


def _told(index: Mapping[str, Any]) -> dict[str, Any]:
    """What is compared. The order of the fields counts."""
    return {option: index[option] for option in index if option in TOLD} | {"key": list(index["key"].items())}
