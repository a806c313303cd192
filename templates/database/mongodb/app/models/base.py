"""What every document has, and how one is found, added and changed."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pymongo import IndexModel, ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection

from app.core.errors import NotFoundError
from app.schemas.base import UtcDatetime

Fields = dict[str, Any]
R = TypeVar("R", bound="Record")


def _to_milliseconds(value: datetime) -> datetime:
    return value.astimezone(UTC).replace(microsecond=value.microsecond // 1000 * 1000)


UTCDateTime = Annotated[UtcDatetime, AfterValidator(_to_milliseconds)]
"""An aware datetime in UTC, to the millisecond: BSON keeps no more."""


def utc_now() -> datetime:
    return _to_milliseconds(datetime.now(UTC))


def new_id() -> UUID:
    """A UUID of version 7: random, but in order of creation, which keeps indexes small."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    return UUID(int=value & ~(0xF << 76) & ~(0x3 << 62) | (7 << 76) | (2 << 62))


@dataclass(frozen=True)
class ExactDecimal:
    """Bounds a decimal, and gives it just so many digits after the point: 1 is kept as 1.00."""

    precision: int
    scale: int

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> Any:
        bounds = Field(max_digits=self.precision, decimal_places=self.scale)
        return handler.generate_schema(Annotated[Decimal, bounds, AfterValidator(self._quantize)])

    def _quantize(self, value: Decimal) -> Decimal:
        rounded = value.quantize(Decimal(1).scaleb(-self.scale), context=Context(prec=self.precision))
        # Without the sign of -0.
        return rounded or rounded.copy_abs()


class Record(BaseModel):
    """A document with an id and the times of its creation and last change, in the collection that its kind names."""

    model_config = ConfigDict(
        validate_by_name=True, validate_by_alias=True, validate_assignment=True, validate_default=True
    )

    COLLECTION: ClassVar[str]
    INDEXES: ClassVar[Sequence[IndexModel]] = ()

    id: UUID = Field(default_factory=new_id, alias="_id")
    created_at: UTCDateTime = Field(default_factory=utc_now)
    updated_at: UTCDateTime = Field(default_factory=utc_now)


def collection(session: AsyncClientSession, kind: type[Record]) -> AsyncCollection[Fields]:
    """Where documents of this kind are, in the database that DATABASE_URL names."""
    return session.client.get_default_database()[kind.COLLECTION]


async def find_one(session: AsyncClientSession, kind: type[R], where: Fields) -> R | None:
    found = await collection(session, kind).find_one(where, session=session)
    return kind.model_validate(found) if found is not None else None


async def insert_one(session: AsyncClientSession, record: Record) -> None:
    await collection(session, type(record)).insert_one(record.model_dump(by_alias=True), session=session)


async def update_one(session: AsyncClientSession, record: R, values: Fields) -> R:
    """Set what differs in one atomic change, and read the document as it is then."""
    wanted = record.model_copy()
    for name, value in values.items():
        setattr(wanted, name, value)
    changes = {name: new for name in values if _differ(new := getattr(wanted, name), getattr(record, name))}
    if not changes:
        return record
    found = await collection(session, type(record)).find_one_and_update(
        {"_id": record.id},
        {"$set": changes | {"updated_at": utc_now()}},
        return_document=ReturnDocument.AFTER,
        session=session,
    )
    if found is None:
        raise NotFoundError
    return type(record).model_validate(found)


def _differ(new: object, old: object) -> bool:
    """To Python True and 1 are equal, in JSON they are not."""
    return new != old or (isinstance(new, dict) and repr(new) != repr(old))


async def delete_one(session: AsyncClientSession, kind: type[Record], where: Fields) -> bool:
    """Returns whether it was there. Of two that delete it at once, one is told so."""
    return (await collection(session, kind).delete_one(where, session=session)).deleted_count == 1
