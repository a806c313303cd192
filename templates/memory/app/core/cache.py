"""What each process remembers for a while. Any of it may be gone at the next question."""

import cashews


class Cache(cashews.Cache):
    """Holds a thousand values at most. They are JSON, so that they could move to a cache that processes share."""

    def __init__(self) -> None:
        super().__init__()
        self.setup("mem://", size=1000, check_interval=0, pickle_type="json")
