"""Without a broker between processes the jobs run in that of the API."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from taskiq import InMemoryBroker

from app.core.config import Settings
from app.core.lifespan import State, open_state
from app.relay import register_jobs, relaying


@asynccontextmanager
async def open_state_and_run_jobs(settings: Settings) -> AsyncIterator[State]:
    async with AsyncExitStack() as stack:
        state = await stack.enter_async_context(open_state(settings))
        if settings.run_jobs:
            # Sending a job is running it, to its end. The relay sends a few at a time.
            broker = InMemoryBroker(await_inplace=True)
            register_jobs(broker, state)
            await stack.enter_async_context(relaying(state, broker))
        yield state
