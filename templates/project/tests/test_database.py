from pathlib import Path

import pytest

from tests.database import CONFIGURED_URL, database_url


def test_each_worker_has_a_test_database_of_its_own(tmp_path: Path) -> None:
    names = {database_url(CONFIGURED_URL, worker, tmp_path).database for worker in ("gw0", "gw1", "main")}
    assert len(names) == 3
    with pytest.raises(ValueError, match="_test"):
        database_url(CONFIGURED_URL.replace("_test", ""), "gw0", tmp_path)
