"""The outbox: a job is written down by the request that wants it, and stays until it is done."""

from datetime import timedelta
from uuid import UUID

import structlog
from pymongo import ReturnDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from structlog.contextvars import get_contextvars

from app.core.jobs import MAX_ATTEMPTS, Data, Job, delay_after
from app.models import OutboxJob
from app.models.base import Fields, collection, insert_one, utc_now

log = structlog.get_logger(__name__)

KEEP_DEAD = timedelta(days=30)


async def add(session: AsyncClientSession, job: Job[Data], data: Data) -> UUID:
    """Ask for one of the jobs of `app/jobs.py`. From here on it is not lost.

    This is a write of its own: add a job after the change that it belongs to, or before it where the change must not be
    without its job. To have both or neither takes a transaction, and so a replica set: see `app/core/database.py`. The
    data lies in the collection until the job is done, so it holds no secret.
    """
    request_id = get_contextvars().get("request_id")
    document = OutboxJob(name=job.__name__, data=data.model_dump(mode="json"), request_id=request_id)
    await insert_one(session, document)
    return document.id


async def is_due(session: AsyncClientSession) -> bool:
    return await collection(session, OutboxJob).find_one({"due_at": {"$lte": utc_now()}}, session=session) is not None


async def take(session: AsyncClientSession, count: int, lease: timedelta) -> list[OutboxJob]:
    """Jobs that are due, each for one caller. What is not done when the lease ends is due again."""
    now = utc_now()
    due, taken = {"due_at": {"$lte": now}}, list[OutboxJob]()
    # It never came to an end at all: perhaps it takes the worker down with it.
    while dead := await _change(session, due | {"attempts": {"$gte": MAX_ATTEMPTS}}, {"due_at": None}):
        log.error("job_dead", job=dead.name, job_id=str(dead.id), request_id=dead.request_id)
    while len(taken) < count and (job := await _change(session, due, {"due_at": now + lease})):
        taken.append(job)
    return taken


async def put_back(session: AsyncClientSession, job_id: UUID, wait: timedelta) -> None:
    await _change(session, {"_id": job_id}, {"due_at": utc_now() + wait})


async def begin(session: AsyncClientSession, job_id: UUID, attempts: int, lease: timedelta) -> OutboxJob | None:
    """The job, unless it is done, given up, or was begun since it was handed out after so many attempts."""
    same = {"_id": job_id, "attempts": attempts, "due_at": {"$ne": None}}
    return await _change(session, same, {"due_at": utc_now() + lease, "attempts": attempts + 1})


async def finish(session: AsyncClientSession, job_id: UUID) -> None:
    await collection(session, OutboxJob).delete_one({"_id": job_id}, session=session)


async def fail(session: AsyncClientSession, job: OutboxJob, error: BaseException) -> bool:
    """Try it again later or, after so many attempts, give it up; returns whether it is given up."""
    dead = job.attempts >= MAX_ATTEMPTS
    due_at = None if dead else utc_now() + delay_after(job.attempts)
    failed = {"due_at": due_at, "error": f"{type(error).__name__}: {error}"[:500]}
    await _change(session, {"_id": job.id, "attempts": job.attempts}, failed)
    return dead


async def list_dead(session: AsyncClientSession) -> list[OutboxJob]:
    found = collection(session, OutboxJob).find({"due_at": None}, session=session).sort("_id")
    return [OutboxJob.model_validate(document) for document in await found.to_list()]


async def revive_dead(session: AsyncClientSession) -> int:
    """Give what was given up as many attempts as a new job has; returns how many there are."""
    revived = {"$set": {"due_at": utc_now(), "attempts": 0, "updated_at": utc_now()}}
    return (await collection(session, OutboxJob).update_many({"due_at": None}, revived, session=session)).modified_count


async def sweep(session: AsyncClientSession) -> None:
    """Forget what was given up long ago."""
    old = {"due_at": None, "updated_at": {"$lte": utc_now() - KEEP_DEAD}}
    await collection(session, OutboxJob).delete_many(old, session=session)


async def _change(session: AsyncClientSession, which: Fields, values: Fields) -> OutboxJob | None:
    """Change one such job, the one that is due first, in one atomic step; returns it as it is then."""
    change, first = {"$set": values | {"updated_at": utc_now()}}, [("due_at", 1)]
    found = await collection(session, OutboxJob).find_one_and_update(
        which, change, sort=first, return_document=ReturnDocument.AFTER, session=session
    )
    return OutboxJob.model_validate(found) if found is not None else None
