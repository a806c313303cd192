"""The revisions, and the command line that runs them."""

import shutil
from pathlib import Path

import pytest
from pymongo import IndexModel

from app.core.config import Settings
from app.models import DOCUMENTS, Record
from migrations import differences, history
from migrations.__main__ import main
from migrations.history import BASE, Database

SCRIPT = """revision, down_revision = {!r}, {!r}


async def upgrade(database):
    pass


downgrade = upgrade
"""


class Probe(Record):
    COLLECTION = "probes"
    INDEXES = (IndexModel(["number", "_id"], name="uq_probes_number_id", unique=True, sparse=True),)


class TurnedProbe(Record):
    COLLECTION = "probes"
    INDEXES = (IndexModel(["_id", "number"], name="uq_probes_number_id", unique=True, sparse=True),)


class ChangedProbe(Record):
    COLLECTION = "probes"
    INDEXES = (IndexModel("name", name="uq_probes_number_id", partialFilterExpression={"name": {"$gt": "o'"}}),)


class StrangeProbe(Record):
    COLLECTION = "probes"
    INDEXES = (IndexModel("name", name="ix_probes_name", collation={"locale": "en"}),)


async def test_down_and_up_again_agrees_with_the_models(database: Database) -> None:
    known = history.read()
    try:
        assert len(await history.migrate(database, known, BASE, down=True)) == len(known)
        assert not {kind.COLLECTION for kind in DOCUMENTS} & set(await database.list_collection_names())
    finally:
        assert len(await history.migrate(database, known, history.head(known))) == len(known)
    assert await history.migrate(database, known, history.head(known)) == []
    assert await differences.find(database) == []


async def test_only_one_goes_on_from_a_revision(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "RECORD", "probes")
    await history._record(database, BASE, "there")
    for before in (BASE, "nowhere"):
        with pytest.raises(SystemExit, match=f"went on from {before}"):
            await history._record(database, before, "elsewhere")
    assert await history.current(database) == "there"
    await database.drop_collection("probes")


@pytest.mark.parametrize(
    ("scripts", "message"),
    [
        ([("a", None), ("b", None)], "Two revisions follow the same one"),
        ([("a", None), ("c", "b")], "has the id b"),
        ([("a", "b"), ("b", "a")], "has the id"),
    ],
)
def test_revisions_stand_in_one_row(tmp_path: Path, scripts: list[tuple[str, str | None]], message: str) -> None:
    for name, after in scripts:
        (tmp_path / f"{name}.py").write_text(SCRIPT.format(name, after))
    with pytest.raises(SystemExit, match=message):
        history.read(tmp_path)


@pytest.mark.usefixtures("anyio_backend")
class TestCommandLine:
    @pytest.fixture(autouse=True)
    def database_of_this_worker(self, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """The revisions of the project, to add to."""
        for file in history.FOLDER.glob("*.py"):
            shutil.copy(file, tmp_path)
        return tmp_path

    def test_ways_up_and_down(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        before = history.head(history.read())
        (folder / "more.py").write_text(SCRIPT.format("more", before.replace(BASE, "") or None))
        for arguments, printed in (
            ("heads", "more"),
            ("current", before),
            ("upgrade head", f"{before} -> more"),
            ("upgrade head", "nothing to do"),
            (f"upgrade {before}", f"{before} lies the other way from more."),
            ("check", ""),
            (f"downgrade {before}", f"more -> {before}"),
            ("current", before),
            ("downgrade head", f"more lies the other way from {before}."),
            ("check", "The database is not at the newest revision: upgrade it first."),
            ("upgrade nowhere", "There is no revision nowhere."),
        ):
            try:
                main(arguments.split(), folder)
            except SystemExit as refused:
                print(refused)
            assert capsys.readouterr().out.strip() == printed

    def test_revision_is_written_from_what_differs(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = history.head(history.read())
        for kind in (Probe, TurnedProbe, ChangedProbe):
            monkeypatch.setattr(differences, "DOCUMENTS", [*DOCUMENTS, kind])
            with pytest.raises(SystemExit, match="missing: probes"):
                main(["check"], folder)
            main(["revision", "--message", 'Add "probes"!\\'], folder)
            assert "_add_probes.py" in capsys.readouterr().out
            main(["upgrade", "head"], folder)
            main(["check"], folder)
        monkeypatch.setattr(differences, "DOCUMENTS", [*DOCUMENTS, StrangeProbe])
        with pytest.raises(SystemExit, match="by hand, for collation"):
            main(["revision", "--message", "Strange"], folder)
        main(["downgrade", before], folder)
        with pytest.raises(SystemExit, match="upgrade it first"):
            main(["check"], folder)
