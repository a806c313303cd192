"""The Redis of the tests, which TEST_REDIS_URL names. Nothing is emptied: the keys are their own, and end."""

import os

import pytest

REDIS_URL = os.environ.get("TEST_REDIS_URL", "")
UNREACHABLE_URL = "redis://127.0.0.1:1/0"

if not REDIS_URL:
    pytest.exit("Set TEST_REDIS_URL, such as redis://localhost:6379/1", returncode=4)
