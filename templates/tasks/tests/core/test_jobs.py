from datetime import timedelta

import pytest

from app.core.jobs import LONGEST_DELAY, MAX_ATTEMPTS, delay_after


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600)])
def test_each_wait_is_about_twice_as_long(attempt: int, seconds: int) -> None:
    delays = [delay_after(attempt) / timedelta(seconds=seconds) for _ in range(20)]
    assert all(0.75 <= delay <= 1.25 for delay in delays)
    # Those that failed together do not come back together.
    assert len(set(delays)) > 1


def test_all_attempts_take_more_than_an_hour() -> None:
    assert sum((delay_after(attempt) for attempt in range(1, MAX_ATTEMPTS)), timedelta()) > LONGEST_DELAY
