from datetime import timedelta

from pymongo.asynchronous.client_session import AsyncClientSession

from app.core.jobs import MAX_ATTEMPTS
from app.models import OutboxJob
from app.models.base import insert_one, utc_now
from app.services import outbox


async def test_job_is_kept_for_a_month_from_when_it_was_given_up(session: AsyncClientSession) -> None:
    long_ago = utc_now() - outbox.KEEP_DEAD
    job = OutboxJob(name="ping", data={}, attempts=MAX_ATTEMPTS, due_at=long_ago, updated_at=long_ago)
    await insert_one(session, job)
    assert await outbox.take(session, 1, timedelta(minutes=2)) == []
    await outbox.sweep(session)
    assert [dead.id for dead in await outbox.list_dead(session)] == [job.id]
    assert await outbox.revive_dead(session) == 1
    [revived] = await outbox.take(session, 1, timedelta(minutes=2))
    assert (revived.id, revived.attempts, revived.updated_at > long_ago) == (job.id, 0, True)
