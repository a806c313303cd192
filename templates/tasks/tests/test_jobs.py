from datetime import timedelta

import pytest
from httpx2 import AsyncClient
from structlog.testing import capture_logs

from app.core.config import Settings
from app.core.lifespan import open_state
from app.jobs import look_after, read_action
from app.relay import run_job
from app.services import outbox


async def test_ping_leaves_a_line_in_the_log(
    committed: AsyncClient, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await look_after(settings, "ping")
    printed = capsys.readouterr().out.strip()
    async with open_state(settings) as state:
        async with state["sessions"].write.begin() as session:
            [job] = await outbox.take(session, 10, timedelta(minutes=1))
        with capture_logs() as logs:
            await run_job(state, job.id, job.attempts)
    assert printed == str(job.id)
    assert [line["event"] for line in logs] == ["ping", "job_done"]
    assert logs[0]["id"] == printed


async def test_dead_jobs_are_shown_and_revived(
    committed: AsyncClient, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await look_after(settings, "ping")
    monkeypatch.setattr(outbox, "MAX_ATTEMPTS", 1)
    async with open_state(settings) as state, state["sessions"].write.begin() as session:
        [job] = await outbox.take(session, 10, timedelta(minutes=1))
        begun = await outbox.begin(session, job.id, 0, timedelta(minutes=1))
        assert begun is not None
        await outbox.fail(session, begun, RuntimeError("the cause"))
    capsys.readouterr()
    for action in ("dead", "revive", "dead"):
        await look_after(settings, action)
    shown, revived = capsys.readouterr().out.splitlines()
    assert shown.split("\t")[::2] == [str(job.id), "ping", "RuntimeError: the cause"]
    assert revived == "1"


@pytest.mark.parametrize("action", ["ping", "dead", "revive"])
def test_action_is_read(action: str) -> None:
    assert read_action([action]) == action


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["dead", "nonsense"]])
def test_wrong_command_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        read_action(arguments)
