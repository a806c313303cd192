"""The database of the tests: on the server that TEST_DATABASE_URL names, made anew for each worker."""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pymongo.monitoring import CommandListener, CommandStartedEvent

CONFIGURED_URL = os.environ.get("TEST_DATABASE_URL", "")
# A socket that is not there: to find that out, nothing has to be waited for that a test could break off.
UNREACHABLE_URL = "mongodb://%2Fnowhere%2Fat%2Fall.sock/app_test?timeoutMS=200"
# A client looks for a file of Docker when it is made.
ALLOWED_BLOCKING = {"pymongo/pool_options.py": {"get_container_env_info"}}

if not CONFIGURED_URL:
    pytest.exit("Set TEST_DATABASE_URL, such as mongodb://localhost:27017/app_test", returncode=4)


def database_url(configured: str, worker: str, _folder: Path) -> str:
    """The database of one worker. Nothing but a test database is ever dropped."""
    url = urlsplit(configured)
    if not url.path.endswith("_test"):
        raise ValueError(f"the tests drop their database, so its name must end in _test: {url.path.strip('/')}")
    return url._replace(path=f"{url.path}_{worker}").geturl()


class Queries(CommandListener):
    """The commands that read, as they were sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name in {"aggregate", "find"}:
            self.sent.append(str(event.command))

    def succeeded(self, event: object) -> None: ...

    def failed(self, event: object) -> None: ...
