"""What processes remember together for a while. Any of it may be gone at the next question, and Redis with it."""

from types import SimpleNamespace
from typing import Any

import cashews
from cashews.commands import Command

from app.core.errors import UnavailableError
from app.core.redis import Redis, RedisAwayError

DISPENSABLE = {Command.GET, Command.SET, Command.DELETE}


class Cache(cashews.Cache):
    """Holds JSON. What begins with `process:` stays in this process, a thousand values at most.

    Give each value a time to end by: one that could not be deleted while Redis was away comes back with it.
    """

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._redis = redis
        # cashews would make a pool of its own, and close it in a way that redis-py warns of.
        pools = SimpleNamespace(from_url=lambda *_arguments, **_options: redis.pool)
        self._shared = self.setup(redis.url, connection_pool_class=pools, suppress=False, pickle_type="json")
        self.setup("mem://", prefix="process:", size=1000, check_interval=0, pickle_type="json")
        self.add_middleware(self._ask)

    async def _ask(self, call: Any, cmd: Command, backend: object, *args: Any, **kwargs: Any) -> Any:
        """While Redis is away nothing is known and nothing kept. What makes no sense then, such as a lock, is a 503."""
        if backend is not self._shared:
            return await call(*args, **kwargs)
        if "key" not in kwargs:
            raise NotImplementedError(f"{cmd.value}: in Redis only one key at a time has our prefix")
        kwargs["key"] = f"{self._redis.prefix}:cache:{kwargs['key']}"
        try:
            async with self._redis:
                return await call(*args, **kwargs)
        except RedisAwayError as error:
            if cmd in DISPENSABLE:
                return kwargs.get("default")
            raise UnavailableError from error
