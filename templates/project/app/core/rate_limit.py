"""Rate limits, by client or by any other key."""

import math
import time
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request
from limits import parse
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from app.core.errors import TooManyRequestsError

_parse = cache(parse)


class Limiter:
    def __init__(self, storage: Storage | None = None) -> None:
        self._strategy = SlidingWindowCounterRateLimiter(storage or MemoryStorage())

    async def hit(self, rate: str, *key: str) -> None:
        """Count one use of the key and raise when it is over its rate."""
        limit = _parse(rate)
        if not await self._strategy.hit(limit, *key):
            window = await self._strategy.get_window_stats(limit, *key)
            seconds = max(1, math.ceil(window.reset_time - time.time()))
            raise TooManyRequestsError(headers={"Retry-After": str(seconds)})


def client_key(request: Request) -> str:
    """Who to count a request for: the peer, or what a trusted proxy says of it (uvicorn's FORWARDED_ALLOW_IPS)."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        # One client has a whole /64 to choose its address from.
        return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False))
    return str(address)


async def limit_requests(request: Request) -> None:
    """A dependency of every API route."""
    await request.state["limiter"].hit(request.state["settings"].rate_limit, "request", client_key(request))
