"""The database of the tests, made anew for each worker: where TEST_DATABASE_URL says, or `compose.yaml`."""

import os
from urllib.parse import urlsplit

from pymongo.monitoring import CommandListener, CommandStartedEvent

CONFIGURED_URL = os.environ.get("TEST_DATABASE_URL") or "mongodb://localhost:27017/app_test"
# A socket that is not there: to find that out, nothing has to be waited for that a test could break off.
UNREACHABLE_URL = "mongodb://%2Fnowhere%2Fat%2Fall.sock/app_test?timeoutMS=200"
# A client looks for a file of Docker when it is made.
ALLOWED_BLOCKING = {"pymongo/pool_options.py": {"get_container_env_info"}}


def database_url(configured: str, worker: str) -> str:
    """The database of one worker. Nothing but a test database is ever dropped."""
    url = urlsplit(configured)
    if not url.path.endswith("_test"):
        raise ValueError(f"the tests drop their database, so its name must end in _test: {url.path.strip('/')}")
    return url._replace(path=f"{url.path}_{worker}").geturl()


class Queries(CommandListener):
    """The names of the commands that read."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in {"aggregate", "find", "getMore"}:
            self.sent.append(event.command_name)

    def succeeded(self, event: object) -> None: ...

    def failed(self, event: object) -> None: ...
