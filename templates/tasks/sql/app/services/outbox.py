"""The outbox: a job is written down by the transaction that wants it, and stays until it is done."""

from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import get_contextvars

from app.core.jobs import MAX_ATTEMPTS, Data, Job, delay_after
from app.models import OutboxJob
from app.models.base import utc_now

log = structlog.get_logger(__name__)

KEEP_DEAD = timedelta(days=30)


async def add(session: AsyncSession, job: Job[Data], data: Data) -> UUID:
    """Ask for one of the jobs of `app/jobs.py`. It runs if the transaction commits, and only then.

    Its data lies in the table until it is done, so it holds no secret.
    """
    request_id = get_contextvars().get("request_id")
    row = OutboxJob(name=job.__name__, data=data.model_dump(mode="json"), request_id=request_id)
    session.add(row)
    await session.flush()
    return row.id


async def is_due(session: AsyncSession) -> bool:
    return await session.scalar(select(OutboxJob.id).where(OutboxJob.due_at <= utc_now()).limit(1)) is not None


async def take(session: AsyncSession, count: int, lease: timedelta) -> list[OutboxJob]:
    """Jobs that are due, each for one caller. What is not done when the lease ends is due again."""
    now = utc_now()
    due = select(OutboxJob).where(OutboxJob.due_at <= now).order_by(OutboxJob.due_at).limit(count)
    taken = []
    for job in await session.scalars(due.with_for_update(skip_locked=True)):
        if job.attempts < MAX_ATTEMPTS:
            job.due_at = now + lease
            taken.append(job)
        else:
            # It never came to an end at all: perhaps it takes the worker down with it.
            job.due_at = None
            log.error("job_dead", job=job.name, job_id=str(job.id), request_id=job.request_id)
    await session.flush()
    return taken


async def put_back(session: AsyncSession, job_id: UUID, wait: timedelta) -> None:
    await session.execute(update(OutboxJob).where(OutboxJob.id == job_id).values(due_at=utc_now() + wait))


async def begin(session: AsyncSession, job_id: UUID, attempts: int, lease: timedelta) -> OutboxJob | None:
    """The job, unless it is done, given up, or was begun since it was handed out after so many attempts."""
    same = (OutboxJob.id == job_id, OutboxJob.attempts == attempts, OutboxJob.due_at.is_not(None))
    begun = update(OutboxJob).where(*same).values(attempts=attempts + 1, due_at=utc_now() + lease)
    return await session.scalar(begun.returning(OutboxJob))


async def finish(session: AsyncSession, job_id: UUID) -> None:
    await session.execute(delete(OutboxJob).where(OutboxJob.id == job_id))


async def fail(session: AsyncSession, job: OutboxJob, error: BaseException) -> bool:
    """Try it again later or, after so many attempts, give it up; returns whether it is given up."""
    dead = job.attempts >= MAX_ATTEMPTS
    due_at = None if dead else utc_now() + delay_after(job.attempts)
    same = (OutboxJob.id == job.id, OutboxJob.attempts == job.attempts)
    # PostgreSQL cannot store NUL.
    text = f"{type(error).__name__}: {error}"[:500].replace("\x00", "\ufffd")
    await session.execute(update(OutboxJob).where(*same).values(due_at=due_at, error=text))
    return dead


async def list_dead(session: AsyncSession) -> list[OutboxJob]:
    return list(await session.scalars(select(OutboxJob).where(OutboxJob.due_at.is_(None)).order_by(OutboxJob.id)))


async def revive_dead(session: AsyncSession) -> int:
    """Give what was given up as many attempts as a new job has; returns how many there are."""
    dead = update(OutboxJob).where(OutboxJob.due_at.is_(None)).values(due_at=utc_now(), attempts=0)
    return len((await session.scalars(dead.returning(OutboxJob.id))).all())


async def sweep(session: AsyncSession) -> None:
    """Forget what was given up long ago."""
    old = OutboxJob.updated_at <= utc_now() - KEEP_DEAD
    await session.execute(delete(OutboxJob).where(OutboxJob.due_at.is_(None), old))
