"""What each process remembers for a while. Any of it may be gone at the next question."""

import cashews


class Cache(cashews.Cache):
    """Holds JSON, a thousand values at most. Keys that begin with `process:` are for this process alone."""

    def __init__(self) -> None:
        super().__init__()
        self.setup("mem://", size=1000, check_interval=0, pickle_type="json")
