from pathlib import Path

import pytest

from tests.database import CONFIGURED_URL, database_url


def test_only_a_test_database_is_used(tmp_path: Path) -> None:
    assert "_test" in str(database_url(CONFIGURED_URL, "gw0", tmp_path).database)
    with pytest.raises(ValueError, match="_test"):
        database_url(CONFIGURED_URL.replace("_test", ""), "gw0", tmp_path)


def test_workers_do_not_share_a_database(tmp_path: Path) -> None:
    urls = {database_url(CONFIGURED_URL, worker, tmp_path).database for worker in ("gw0", "gw1", "main")}
    assert len(urls) == 3
