"""The worker, `python -m app.worker`: hands jobs of the outbox to Redis, and runs those that Redis hands to it."""

import asyncio
import signal
from types import FrameType

import structlog
from taskiq import AsyncBroker
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver
from taskiq_redis import RedisStreamBroker

from app.core import redis
from app.core.config import Settings, get_settings
from app.core.lifespan import open_state
from app.core.logging import configure_logging
from app.relay import register_jobs, relaying

log = structlog.get_logger(__name__)

AT_ONCE = 10
RETRY_SECONDS = 5.0


def create_broker(settings: Settings) -> AsyncBroker:
    return RedisStreamBroker(
        settings.redis_url.get_secret_value(),
        queue_name=f"{redis.KEY_PREFIX}:jobs",
        consumer_group_name="workers",
        # From the first message on, those too that were sent before any worker was there.
        consumer_id="0",
        # Messages stay when their jobs are done. One that is cut off too early costs time: its job is in the outbox.
        maxlen=10_000,
        # A worker that is killed must not keep the others from what it left.
        unacknowledged_lock_timeout=30,
        # No more than it can run at once: the rest is for other workers.
        xread_count=AT_ONCE,
        # Or each new connection reads the version of redis-py from the disk.
        driver_info=None,
    )


async def work(settings: Settings, stop: asyncio.Event) -> None:
    """Run jobs until the event is set, and then those to their end that have begun: each has JOB_SECONDS at most."""
    broker = create_broker(settings)
    broker.is_worker_process = True
    async with open_state(settings) as state:
        running = register_jobs(broker, state)
        try:
            async with relaying(state, broker):
                await _listen(broker, stop)
                # A receiver that failed has left behind what it began.
                await asyncio.gather(*running, return_exceptions=True)
        finally:
            await broker.shutdown()


async def _listen(broker: AsyncBroker, stop: asyncio.Event) -> None:
    while not stop.is_set():
        receiver = Receiver(broker, max_async_tasks=AT_ONCE, ack_type=AcknowledgeType.WHEN_EXECUTED)
        try:
            await receiver.listen(stop)
        except Exception as error:
            log.warning("broker_failed", error=repr(error))
            await asyncio.sleep(RETRY_SECONDS)


async def work_until_told() -> None:
    """Run as a process does: with the settings of its environment, until SIGTERM or Ctrl-C."""
    settings = get_settings()
    configure_logging(settings)
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    await work(settings, stop)


if __name__ == "__main__":
    asyncio.run(work_until_told())
