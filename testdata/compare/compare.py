"""Tells the same stories with copier and with scaffold, looks at what became of the user's bytes, and writes a table.

usage: compare.py SCAFFOLD TABLE.md [WORD]

SCAFFOLD is the built program. With WORD only the stories whose label or title holds it are told, and the table is
printed, not written. Copier is installed as requirements.txt pins it. Exit codes: 0 written, 1 scaffold lost something
or a story could not be told, 77 copier can't be installed (nothing is written).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from stories import Story, all_stories
from tools import HANG, TIMEOUT, Copier, Program, Ran, Scaffold, World, install_copier, kill

HERE = Path(__file__).resolve().parent
GONE_COMMITTED = "**gone** from the folder (git's history has them)"
GONE = "**gone**, and nothing has them"


@dataclass
class Outcome:
    parts: list[str] = field(default_factory=list)
    exit: str = ""
    lost: bool = False  # the user's bytes are no longer in the folder
    silent: bool = False  # and the exit code is 0
    told: bool = True  # False: the tool has no such feature
    failed: bool = False  # the story could not be told

    def say(self, text: str) -> None:
        if text not in self.parts:
            self.parts.append(text)


# What became of bytes.


def whereabouts(w: World, path: str, token: bytes, before: bytes | None, short: bytes) -> str:
    """Where the user's bytes are: in place, merged, conflict, elsewhere, the name of another file, or gone."""
    if token in (b"link", b"fifo"):
        stands = w.path(path).is_symlink() if token == b"link" else w.path(path).is_fifo()
        return "in place" if stands else "replaced"
    now = w.read(path)
    if now is not None and now == before:
        return "in place"
    if path.startswith(".."):
        return "outside"
    if now is not None and token in now:
        return "conflict" if re.search(rb"^<{7} ", now, re.M) else "merged"
    if now is not None and short and short in now:
        return "elsewhere"
    for other, (_, _, data) in sorted(w.files().items()):
        if data is not None and token in data:
            return other
    return "gone"


def look(w: World, story: Story, out: Outcome, before: dict[str, bytes | None]) -> None:
    """Adds what became of everything of the user's that the story watches."""
    found = {path: whereabouts(w, path, text.encode(), before.get(path), story.short.encode()) for path, text in story.watch}
    gone = [path for path, place in found.items() if place == "gone"]
    if gone:
        out.lost = True
        committed = all(w.in_history(path, text.encode()) for path, text in story.watch if path in gone[:3])
        out.say(("some of " if len(gone) < len(found) else "") + f"{story.noun} are " + (GONE_COMMITTED if committed else GONE))
    for path, text in story.watch:
        if not gone:
            out.say(phrase(w, story, path, text, found[path]))
    for path in story.absent:
        out.say("the deleted file **is back**" if w.path(path).exists() else "the deleted file stays away")
    for path, mode in story.modes.items():
        out.say("its mode is the user's" if w.path(path).stat().st_mode & 0o777 == mode else "its mode is **not** the user's")


def phrase(w: World, story: Story, path: str, text: str, place: str) -> str:
    thing = f"the {'link' if text == 'link' else 'FIFO'}" if text in ("link", "fifo") else ""
    known = {
        "in place": f"{thing} is still there" if thing else f"{story.noun} are as they were",
        "merged": "the user's edit is in the file",
        "conflict": "the user's edit is between conflict markers",
        "elsewhere": "the user's line is in a **wrong place**",
        "replaced": f"{thing} is **replaced** by a file",
        "outside": "the bytes of the file outside are **replaced**",
    }
    marked = ", between conflict markers" if b"<<<<<<< " in (w.read(place) or b"") else ""
    return known.get(place, f"the user's edit is in `{place}`{marked}")


def look_news(w: World, story: Story, out: Outcome) -> None:
    """Adds where the template's change is."""
    if story.news is None:
        return
    path, text = story.news[0], story.news[1].encode()
    now = w.read(path) or b""
    if text in now:
        out.say("the template's change is in" if b"<<<<<<< " not in now else "the template's change is between them")
        return
    found = [name for name, (_, _, data) in sorted(w.files().items()) if data is not None and text in data]
    out.say(f"the template's is in `{found[0]}`" if found else "the template's change is not in")


def ending(w: World, ran: Ran, story: Story) -> str:
    """The exit code, with what was said."""
    if ran.code is None:
        return f"none: it did not end, and was stopped after {HANG} s"
    if ran.code in (0, 3):
        paths = ([] if story.own else [path for path, _ in story.watch]) + story.absent or ([story.news[0]] if story.news else [])
        names = [path for path in paths if not path.startswith("..")]
        return str(ran.code) + (", names it" if names and all(name in ran.text for name in names) else ", does not name it" if names else "")
    return f"{ran.code}: {message(ran)}"


def message(ran: Ran) -> str:
    """The line of a failure that says most: the last one, or what a traceback ends in."""
    said = [line for line in ran.text.splitlines() if line.strip() and not line.startswith((" ", "\t"))]
    line = re.sub(r"\b[0-9a-f]{40}\b", "...", said[-1] if said else "nothing was said")
    line = re.sub(r"/\S*/git\b", "git", line).strip()
    line = line if len(line) <= 140 else line[:137] + "..."
    return ("traceback, ending in " if "Traceback" in ran.text else "") + f"`{line.replace('`', chr(39))}`"


def prepare(w: World, story: Story) -> dict[str, bytes | None]:
    """Makes the project, lets the user work, publishes the next version; gives the user's files."""
    w.publish(story.old)
    made = w.make(**(story.make if w.tool == "copier" else {}))
    if made.code != 0:
        raise RuntimeError(f"{story.label}: {w.tool}: the project was not made: {made.text}")
    w.git("init", "-q")
    w.commit()
    story.edit(w)
    if story.commit:
        w.commit()
    before = {path: w.read(path) for path, _ in story.watch}
    if story.new is not None:
        w.publish(story.new)
    if story.after is not None:
        story.after(w)
    note(w)
    return before


# The ways to tell a story. Each has its name in Story.play.


def update(w: World, story: Story) -> Outcome:
    before = prepare(w, story)
    ran = w.update(HANG if story.label == "T21" else TIMEOUT, **story.update) if story.third is None else twice(w, story)
    return finish(w, story, ran, before, w.last)


def twice(w: World, story: Story) -> Ran:
    w.update()
    w.commit()
    w.publish(story.third)
    note(w)
    return w.update()


def note(w: World) -> None:
    """Remembers the folder, to see what a failing command changed."""
    w.last = (w.files(), w.recorded())


def finish(w: World, story: Story, ran: Ran, before: dict[str, bytes | None], last: tuple) -> Outcome:
    out = Outcome(exit=ending(w, ran, story))
    files, recorded = last
    now = w.files()
    changed = sum(files.get(path) != now.get(path) for path in files | now)
    if story.third is not None and ran.code == 0:
        nested = (w.read(story.watch[0][0]) or b"").count(b"<<<<<<< ")
        out.say(f"the file has {nested} opening markers now")
    if ran.code in (0, 3):
        look(w, story, out, before)
        look_news(w, story, out)
        out.silent = out.lost and ran.code == 0
        return out
    if changed == 0:
        out.say("nothing is changed")
        return out
    out.say("stopped half way")
    if story.play == "task" and recorded != w.recorded():
        out.say("the recorded version went on")
    look(w, story, out, before)
    return out


def task(w: World, story: Story) -> Outcome:
    if w.tool == "scaffold":
        return Outcome(["has no such feature: a template set runs nothing"], "–", told=False)
    return update(w, story)


def hook(w: World, story: Story) -> Outcome:
    prepare(w, story)
    ran = w.update()
    installed = (w.project / ".git" / "hooks" / "post-commit").exists()
    return Outcome(["the hook **is installed**" if installed else "no hook is installed"], ending(w, ran, story))


def first(w: World, story: Story) -> Outcome:
    w.publish(story.old)
    w.project.mkdir()
    w.put("own.txt", "mine\n")
    ran = w.make()
    left = sorted(set(w.files()) - {"own.txt"})
    out = Outcome(exit=ending(w, ran, story))
    look(w, story, out, {"own.txt": b"mine\n"})
    out.say("**part of a project is left**" if left else "nothing else is there")
    return out


def dry(w: World, story: Story) -> Outcome:
    prepare(w, story)
    before = w.files()
    ran = w.run(*w.command("--pretend" if w.tool == "copier" else "--dry-run"))
    named = sum(f"{n}.txt" in ran.text for n in "abcde")
    out = Outcome([f"names {named} of the 5 files"], str(ran.code))
    out.say("nothing is changed" if w.files() == before else "**files are changed**")
    return out


def check(w: World, story: Story) -> Outcome:
    prepare(w, story)
    ran = w.run(str(w.program), *(["check-update"] if w.tool == "copier" else ["check", "--strict", "--templates", str(w.set)]))
    said = [line for line in ran.stdout.splitlines() if "a.txt" in line] or ran.text.strip().splitlines()[-1:]
    return Outcome(["names the file" if "a.txt" in ran.text else "does not name the file"], f"{ran.code}: `{said[0].strip()[:140]}`")


def undo(w: World, story: Story) -> Outcome:
    if w.tool == "copier":
        return Outcome(["has no such feature (git can take back what was committed)"], "–", told=False)
    before = prepare(w, story)
    files = w.files()
    w.update()
    ran = w.run(str(w.program), "undo", "--yes")
    out = Outcome(["everything is as before, bytes and modes" if w.files() == files else "**not everything is as before**"], ending(w, ran, story))
    out.lost = before["a.txt"] != w.read("a.txt")
    return out


def killed(w: World, story: Story) -> Outcome:
    """Kills the update as soon as the project is seen to change, then runs it again."""
    prepare(w, story)
    files, _ = w.last
    stopped = kill_midway(w)
    out = Outcome()
    if not stopped:
        return Outcome(["could not be stopped half way"], "–", told=False)
    ran = w.update()
    whole = sum(b"mine" in (w.read(name) or b"") for name in files if name.endswith(".txt"))
    out.lost = whole < 400
    out.say("all 400 edits are in the folder" if whole == 400 else f"some or all of the user's edits are {GONE_COMMITTED}")
    left = [name for name in os.listdir(w.tmp)] + [name for name in w.files() if ".scaffold-" in name]
    out.say("temporary files or folders are left" if left else "no temporary file is left")
    said = re.search(r"stopped (in the middle: took it back|when it was all but done: finished it)", ran.text)
    out.exit = "the next update: " + (f"{ran.code}, says that it took the killed run back or finished it" if said else ending(w, ran, story))
    return out


def kill_midway(w: World) -> bool:
    """Starts the update and kills it once it writes. A fast one may need a few attempts."""
    first = w.read("000.txt")
    for _ in range(10):
        child = w.start(*w.command())
        end = time.monotonic() + TIMEOUT
        while child.poll() is None and time.monotonic() < end:
            if (w.project / ".scaffold" / "journal").exists() or w.read("000.txt") != first:
                break
        kill(child)
        child.communicate(timeout=TIMEOUT)
        if child.returncode == -signal.SIGKILL:
            return True
        w.git("checkout", "-q", "--", ".")
    return False


PLAYS = {play.__name__: play for play in (update, task, hook, first, dry, check, undo, killed)}


def tell(kind: type[World], program: Path, story: Story) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="compare.") as top:
        try:
            return PLAYS[story.play](kind(Path(top).resolve(), program), story)
        except (OSError, RuntimeError, subprocess.TimeoutExpired) as error:
            return Outcome([f"could not be told: {error}"], failed=True)


# The table.


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def table(version: str, stories: list[Story], rows: list[tuple[Outcome, Outcome]]) -> str:
    told = [(a, b) for a, b in rows if a.told and b.told]
    there, here = ([pair[n] for pair in told] for n in (0, 1))
    text = (HERE / "intro.md").read_text().replace("VERSION", version)
    text = text.replace("TOLD", str(len(told))).replace("LOST", str(sum(o.lost for o in there))).replace("SILENT", str(sum(o.silent for o in there)))
    text = text.replace("KEPT", "none" if not any(o.lost for o in here) else f"**{sum(o.lost for o in here)}**")
    text += f"\n| scenario | the user | copier {version}: outcome | exit | scaffold: outcome | exit |\n|---|---|---|---|---|---|\n"
    for story, (a, b) in zip(stories, rows, strict=True):
        columns = [story.label, story.title, "; ".join(a.parts), a.exit, "; ".join(b.parts), b.exit]
        text += "| " + " | ".join(cell(c) for c in columns) + " |\n"
    return text


def main(args: list[str]) -> int:
    if len(args) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    scaffold, target = Path(args[0]).resolve(), Path(args[1])
    stories = [s for s in all_stories() if len(args) == 2 or args[2] in s.label or args[2] in s.title]
    pins = HERE / "requirements.txt"
    version = re.search(r"^copier==(\S+)", pins.read_text(), re.M)[1]
    if not shutil.which("git"):
        print("compare: git is not there: not compared", file=sys.stderr)
        return 77
    with tempfile.TemporaryDirectory(prefix="compare.") as venv:
        copier = install_copier(Path(venv) / "venv", pins)
        if copier is None:
            print(f"compare: copier {version} can't be installed: not compared, {target} is as it was", file=sys.stderr)
            return 77
        with ThreadPoolExecutor(2) as pool:
            work = [(pool.submit(tell, Copier, copier, s), pool.submit(tell, Scaffold, scaffold, s)) for s in stories]
            rows = [(a.result(), b.result()) for a, b in work]
    text = table(version, stories, rows)
    bad = complain(stories, rows)
    if len(args) == 3:
        print(text)
    elif not any(outcome.failed for row in rows for outcome in row):
        target.write_text(text)
    return 1 if bad else 0


def complain(stories: list[Story], rows: list[tuple[Outcome, Outcome]]) -> bool:
    """Says which stories could not be told, and in which scaffold lost something."""
    bad = False
    for story, (there, here) in zip(stories, rows, strict=True):
        for outcome in (there, here):
            if outcome.failed or outcome is here and outcome.lost:
                bad = True
                print(f"compare: {story.label}: {story.title}: {'; '.join(outcome.parts)}", file=sys.stderr)
    return bad


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
