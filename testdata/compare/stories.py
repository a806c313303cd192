"""The stories: what the first version of a template holds, what the user does, what the second version holds.

The labels are those of the list of losses (F1 to F20) and of the scenarios of a project's life (numbers). A story says
nothing about how it ends: that is looked at.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from tools import Program, Template, Text, World


@dataclass
class Story:
    """One row of the table. `watch` holds bytes of the user's: (path at which they were written, what to look for)."""

    label: str
    title: str
    old: Template
    new: Template | None  # None: the same version again
    edit: Callable[[World], None]
    watch: list[tuple[str, str]]
    news: tuple[str, str] | None = None  # what the new version brings: (path, what to look for)
    absent: list[str] = field(default_factory=list)  # paths that the user deleted
    modes: dict[str, int] = field(default_factory=dict)  # the user's own modes
    make: dict[str, str] = field(default_factory=dict)  # answers when the project is made
    update: dict[str, str] = field(default_factory=dict)  # answers changed by the update
    own: bool = False  # the watched paths are the user's alone: no tool has anything to say of them
    noun: str = "the user's bytes"
    short: str = ""  # part of what is looked for: where only that is found, it is in a wrong place
    commit: bool = True  # the user's work is committed before the update
    after: Callable[[World], None] | None = None  # what happens after the new version is published
    third: Template | None = None  # a third version, updated to after the second run was committed as it is
    play: str = "update"  # how it is told: a function of compare.py


def lines(*changed: tuple[int, str], count: int = 12) -> str:
    text = [f"line {n}" for n in range(1, count + 1)]
    for n, line in changed:
        text[n - 1] = line
    return "\n".join(text) + "\n"


OLD, NEW = lines(), lines((10, "theirs 10"))
PNG = b"\x89PNG\r\n\x1a\n\x00\x00"


def one(name: str, old, new, more: dict | None = None, **rest) -> tuple[Template, Template]:
    """Two versions that differ in one file; None: it isn't there."""
    sides = [{"README.md": "# project\n", name: data} for data in (old, new)]
    before, after = ({k: v for k, v in side.items() if v is not None} | (more or {}) for side in sides)
    return Template(before, **rest), Template(after, **rest)


def mine(name: str, line: int = 2, text: str = "mine") -> Callable[[World], None]:
    return lambda w: w.sub(name, f"line {line}\n", f"{text}\n")


def crowd(text: str) -> dict[str, object]:
    """Many files beside the one that the story is about: copier takes them in no order."""
    return {f"f{n:03}.txt": text for n in range(200)}


CROWD = [(name, f"mine in {name}") for name in crowd(OLD)]


def mine_all(w: World) -> None:
    for name, text in CROWD:
        mine(name, text=text)(w)


def both(*edits: Callable[[World], None]) -> Callable[[World], None]:
    def edit(w: World) -> None:
        for each in edits:
            each(w)
    return edit


def merges() -> list[Story]:
    text, same = one("a.txt", OLD, NEW), one("a.txt", OLD, lines((2, "theirs 2")))
    crlf = both(lambda w: w.put("a.txt", OLD.replace("\n", "\r\n")), mine_crlf)
    keys = "".join(f"key{n} = 1\n" for n in range(1, 9))
    blocks = "".join(f"[part{n}]\n{keys}\n" for n in range(1, 5))
    third = "[part3]\n" + keys[:32]
    latin = "naïve line\n".encode("latin-1")
    return [
        Story("1", "edits a line; the template changes another", *text, mine("a.txt"), [("a.txt", "mine")], ("a.txt", "theirs 10")),
        Story("2", "edits a line; the template changes the same", *same, mine("a.txt"), [("a.txt", "mine")], ("a.txt", "theirs 2")),
        Story("25", "adds a line in the third of four blocks that differ in their first line; the template adds such a block before them",
              *one("a.ini", blocks, f"[part0]\n{keys}\n{blocks}"), lambda w: w.sub("a.ini", third, third + "mine = 1\n"), [("a.ini", third + "mine = 1\n")], ("a.ini", "[part0]"),
              short="mine = 1\n"),
        Story("3", "makes the change that the template makes", *text, mine("a.txt", 10, "theirs 10"), [("a.txt", "theirs 10")]),
        Story("26", "takes the last newline away; the template changes another line", *text, lambda w: w.sub("a.txt", "line 12\n", "mine"), [("a.txt", "line 11\nmine")], ("a.txt", "theirs 10")),
        Story("F18, 27", "has a file with CRLF line ends, edits a line; the template changes another", *text, crlf, [("a.txt", "mine\r\n")], ("a.txt", "theirs 10")),
        Story("28", "edits a line of a Latin-1 file; the template changes another",
              *one("a.txt", latin + OLD.encode(), latin + NEW.encode()), mine("a.txt"), [("a.txt", "mine")], ("a.txt", "theirs 10")),
        Story("F12", "has `apply.whitespace=fix` in the git configuration; an edited line ends in blanks; the template changes another", *text,
              both(mine("a.txt", text="mine  "), whitespace), [("a.txt", "mine  \n")], ("a.txt", "theirs 10"), noun="the blanks at the end of the line"),
        Story("24", "makes a file executable; the template changes a line of it", *text, lambda w: w.path("a.txt").chmod(0o755), [], ("a.txt", "theirs 10"), modes={"a.txt": 0o755}),
        Story("F7", "edits the same line in three files", Template({f"{n}.txt": OLD for n in "abc"}), Template({f"{n}.txt": lines((2, "theirs")) for n in "abc"}),
              both(*(mine(f"{n}.txt") for n in "abc")), [(f"{n}.txt", "mine") for n in "abc"]),
        Story("F17, 37", "commits a file with the conflict markers of an update in it, and updates again", *same, mine("a.txt"), [("a.txt", "mine")],
              third=Template({"README.md": "# project\n", "a.txt": lines((2, "third"))})),
    ]


def mine_crlf(w: World) -> None:
    w.sub("a.txt", "line 2\r\n", "mine\r\n")


def whitespace(w: World) -> None:
    with open(w.home / ".gitconfig", "a") as config:
        config.write("[apply]\n\twhitespace = fix\n")


def binaries() -> list[Story]:
    old, theirs, user = PNG + b"old" * 50, PNG + b"theirs" * 50, PNG + b"mine" * 50

    def put(w: World) -> None:
        w.put("logo.png", user)

    return [
        Story("F1, 23", "replaces a binary file; the template does not change it", *one("logo.png", old, old, {"v": "1\n"}), put, [("logo.png", "minemine")]),
        Story("23", "replaces a binary file; the template changes it too", *one("logo.png", old, theirs), put, [("logo.png", "minemine")], ("logo.png", "theirstheirs")),
        Story("F2", "adds a binary file; the template adds another under its name", *one("logo.png", None, theirs), put, [("logo.png", "minemine")], ("logo.png", "theirstheirs")),
    ]


def names() -> list[Story]:
    renamed = (Template({"old.txt": OLD}), {"new.txt": NEW})
    folder = Template({"<layout>/a.txt": OLD}, questions={"layout": {"type": "str", "default": "src"}})
    drop = (Template({"a.txt": OLD, "b.txt": "b\n"}), Template({"b.txt": "b\n"}))
    return [
        Story("F3", "edits a file that the template renames, without saying so", renamed[0], Template(renamed[1]), mine("old.txt"), [("old.txt", "mine")], ("new.txt", "theirs 10")),
        Story("F3, 19", "edits a file that the template renames by the tool's own means (`_migrations` with `git mv`; `moved`)", renamed[0],
              Template(renamed[1], moved={"old.txt": "new.txt"}, migrate=["git mv old.txt new.txt"]), mine("old.txt"), [("old.txt", "mine")], ("new.txt", "theirs 10")),
        Story("F5, 18", "edits a file in a folder that is named by an answer, and changes the answer", folder, None, mine("src/a.txt"), [("src/a.txt", "mine")], update={"layout": "app"}),
        Story("F4, 7", "edits a file that the template no longer has", *drop, mine("a.txt"), [("a.txt", "mine")]),
        Story("8", "has a file of their own in a folder that the template no longer has", Template({"d/a.txt": OLD, "b.txt": "b\n"}), drop[1],
              lambda w: w.put("d/own.txt", "mine\n"), [("d/own.txt", "mine")], own=True),
        Story("9", "deletes a file; the template does not change it", *one("a.txt", OLD, OLD, {"v": "1\n"}), lambda w: w.remove("a.txt"), [], absent=["a.txt"]),
        Story("10", "deletes a file; the template changes it", *one("a.txt", OLD, NEW), lambda w: w.remove("a.txt"), [], absent=["a.txt"]),
        Story("12", "deletes `test.txt`, and edits `sub/test.txt`; the template changes both", Template({"test.txt": OLD, "sub/test.txt": OLD}),
              Template({"test.txt": NEW, "sub/test.txt": NEW}), both(lambda w: w.remove("test.txt"), mine("sub/test.txt")), [("sub/test.txt", "mine")], ("sub/test.txt", "theirs 10"), absent=["test.txt"]),
        Story("11", "edits a line of `grün #1.txt`; the template changes the same", *one("grün #1.txt", OLD, lines((2, "theirs 2"))), mine("grün #1.txt"),
              [("grün #1.txt", "mine")], ("grün #1.txt", "theirs 2")),
        Story("11", "deletes `grün.txt`; the template changes it", *one("grün.txt", OLD, NEW), lambda w: w.remove("grün.txt"), [], absent=["grün.txt"]),
        Story("20", "renames a file; the template changes it", *one("a.txt", OLD, NEW), rename, [("z.txt", "mine")], absent=["a.txt"], own=True),
    ]


def rename(w: World) -> None:
    mine("a.txt")(w)
    os.rename(w.path("a.txt"), w.path("z.txt"))


def added() -> list[Story]:
    new = one("settings.ini", None, "theirs = 1\n")
    env = one(".env", None, "KEY=theirs\n", {".gitignore": ".env\n"})
    env_once = [Template(t.files, once=[".env"]) for t in env]
    build = one("build/conf.txt", OLD, NEW, {".gitignore": "build/\n"})
    key = {"key": {"type": "str", "default": "placeholder", "secret": True}}
    line = Text("KEY={{ key }}\n", "KEY={{ randomSecret 32 }}\n")
    more = Text("KEY={{ key }}\nMORE=1\n", "KEY={{ randomSecret 32 }}\nMORE=1\n")
    deployed = [Template({".gitignore": ".env\n", ".env": form}, questions=key, secret=[".env"]) for form in (line, more)]
    listed = [Template(t.files, questions=key, secret=[".env"], once=[".env"]) for t in deployed]

    def secret(w: World) -> None:
        w.put(".env", "KEY=mine\n")

    return [
        Story("4", "adds and commits a text file; the template adds another under its name", *new, lambda w: w.put("settings.ini", "mine = 1\n"), [("settings.ini", "mine")], ("settings.ini", "theirs")),
        Story("4", "as before, but has not committed it", *new, lambda w: w.put("settings.ini", "mine = 1\n"), [("settings.ini", "mine")], ("settings.ini", "theirs"), commit=False),
        Story("F6", "has a git-ignored `.env`; the template adds one", *env, secret, [(".env", "mine")], (".env", "theirs")),
        Story("F6, 13", "as before, and the template says that `.env` is made once (`_skip_if_exists`; `once`)", *env_once, secret, [(".env", "mine")], (".env", "theirs")),
        Story("32", "edits a git-ignored file of the template; the template changes another line of it", *build, mine("build/conf.txt"), [("build/conf.txt", "mine")], ("build/conf.txt", "theirs 10")),
        Story("F15, 46", "puts the real secret into a git-ignored `.env` of the template (an answer with `secret: true`; a `secret` file); the template adds a line to it", *deployed, secret, [(".env", "mine")], (".env", "MORE"), make={"key": "mine"}),
        Story("F15, 46", "as before, and the template lists it in `_skip_if_exists`", *listed, secret, [(".env", "mine")], (".env", "MORE"), make={"key": "mine"}),
    ]


def kinds() -> list[Story]:
    def link(w: World) -> None:
        w.remove("a.txt")
        (w.outside / "a.txt").write_text("mine\n")
        w.path("a.txt").symlink_to("../outside/a.txt")

    def hard(w: World) -> None:
        (w.outside / "a.txt").write_text("mine\n" + OLD)
        w.remove("a.txt")
        os.link(w.outside / "a.txt", w.path("a.txt"))

    def parent(w: World) -> None:
        (w.outside / "a.txt").write_text("mine\n")
        w.path("d").symlink_to("../outside")

    def folder(w: World) -> None:
        w.put("data/mine.txt", "data of mine\n")

    text = one("a.txt", OLD, NEW)
    return [
        Story("F11, 21", "has a folder where the template adds a file, and 200 edited files", Template(crowd(OLD)), Template(crowd(NEW) | {"data": "theirs\n"}),
              both(mine_all, folder), [("data/mine.txt", "data of mine"), *CROWD]),
        Story("F11, 21", "has a file where the template adds a folder, and 200 edited files", Template(crowd(OLD)), Template(crowd(NEW) | {"data/a.txt": "theirs\n"}),
              both(mine_all, lambda w: w.put("data", "data of mine\n")), [("data", "data of mine"), *CROWD]),
        Story("22", "makes a file a symbolic link to one outside; the template changes it", *text, link, [("../outside/a.txt", "mine"), ("a.txt", "link")]),
        Story("T17", "has a folder that is a symbolic link to one outside; the template adds a file in it", *one("d/a.txt", None, "theirs\n"), parent, [("../outside/a.txt", "mine")]),
        Story("T22", "has a hard link to a file outside; the template changes it", *text, hard, [("../outside/a.txt", "mine")]),
        Story("T21", "has a FIFO where the template adds a file", *one("pipe", None, "theirs\n"), lambda w: os.mkfifo(w.path("pipe")), [("pipe", "fifo")]),
        Story("T11", "is given `README.md` and `readme.md` by the template", *one("readme.md", None, "theirs\n"), lambda w: None, [], ("readme.md", "theirs")),
        Story("F19", "is given two files of the template for one path (a plain one, a rendered one)", Template({"a.txt": "plain\n"}), Template({"a.txt": "plainer\n"}),
              lambda w: w.sub("a.txt", "plain", "mine"), [("a.txt", "mine")], after=double),
        Story("T7", "is given a file in `.git/hooks`, named by an answer", Template({"a.txt": OLD}, questions={"place": {"type": "str", "default": ".git"}}),
              Template({"a.txt": OLD, "<place>/hooks/post-commit": Program("#!/bin/sh\n")}, questions={"place": {"type": "str", "default": ".git"}}),
              lambda w: None, [], play="hook"),
    ]


def double(w: World) -> None:
    """Adds to the version a second file for a.txt."""
    root, suffix = (w.set / "template", ".jinja") if w.tool == "copier" else (w.set / "all", ".tmpl")
    (root / f"a.txt{suffix}").write_text("rendered\n")
    if w.tool == "copier":
        w.git("add", "-A", "--force", cwd=w.set)
        w.git("commit", "-q", "-m", "double", cwd=w.set)
        w.git("tag", "-f", f"v{w.version}", cwd=w.set)


def failures() -> list[Story]:
    many = [Template({f"{n:03}.txt": text for n in range(400)}) for text in (OLD, NEW)]
    broken = Template(crowd(NEW) | {"z.txt": Text("{{ 1 / 0 }}\n", "{{ index .Answers \"x\" 1 }}\n")})
    failing = Template({"a.txt": NEW}, tasks=["exit 7"])
    text = one("a.txt", OLD, NEW)

    def edits(w: World) -> None:
        for n in range(400):
            mine(f"{n:03}.txt")(w)

    return [
        Story("F9", "edits a file; the template's own step fails at the end", Template({"a.txt": OLD}), failing, mine("a.txt"), [("a.txt", "mine")], play="task"),
        Story("F9, 50", "edits 200 files; another file of the new version can't be rendered", Template(crowd(OLD)), broken, mine_all, CROWD),
        Story("49", "makes a project in a folder with a file of their own; one of the template's 201 files can't be rendered", broken, None, lambda w: None, [("own.txt", "mine")], play="first"),
        Story("F10, 52", "edits 400 files; the update is killed (`kill -9`) after it has written the first file, and run again", *many, edits, [], play="killed"),
        Story("F13", "edits a file; the template's author deletes the tag of the old version", *text, mine("a.txt"), [("a.txt", "mine")], ("a.txt", "theirs 10"), after=lambda w: retag(w, False)),
        Story("F14", "edits a line; the template's author moves the old tag to a version with another line there", *text, mine("a.txt"), [("a.txt", "mine")], ("a.txt", "theirs 10"),
              after=lambda w: retag(w, True)),
        Story("F20, 66", "leaves a YAML error in the answers file by hand", *text, both(mine("a.txt"), lambda w: answers(w, lambda t: t + "]: x\n")), [("a.txt", "mine")]),
        Story("F20, 66", "leaves conflict markers in the answers file", *text,
              both(mine("a.txt"), lambda w: answers(w, lambda t: f"<<<<<<< ours\n{t}=======\n{t}>>>>>>> theirs\n")), [("a.txt", "mine")]),
        Story("F20, 66", "writes a list where an answer is a text", *one("a.txt", OLD, NEW, questions={"title": {"type": "str", "default": "one"}}),
              both(mine("a.txt"), lambda w: answers(w, lambda t: t.replace("title: one", "title: [1, 2]"))), [("a.txt", "mine")]),
    ]


def answers(w: World, change: Callable[[str], str]) -> None:
    name = ".copier-answers.yml" if w.tool == "copier" else ".scaffold/answers.yaml"
    w.put(name, change(w.path(name).read_text()))


def retag(w: World, moved: bool) -> None:
    """Takes the tag of the first version away, or moves it to another text. scaffold has no tags: the set is what it is."""
    if w.tool != "copier":
        return
    w.git("tag", "-d", "v1", cwd=w.set)
    if moved:
        w.git("checkout", "-q", "-b", "side", cwd=w.set)
        (w.set / "template" / "a.txt").write_text(lines((2, "other")))
        w.git("commit", "-q", "-a", "-m", "side", cwd=w.set)
        w.git("tag", "v1", cwd=w.set)
        w.git("checkout", "-q", "main", cwd=w.set)


def reports() -> list[Story]:
    changed = Template({f"{n}.txt": OLD for n in "abcde"}), Template({f"{n}.txt": NEW for n in "abcde"})
    text = one("a.txt", OLD, NEW)
    return [
        Story("F8", "asks for a dry run of an update that changes five files (`--pretend`; `--dry-run`)", *changed, mine("a.txt"), [("a.txt", "mine")], play="dry"),
        Story("F16, 60", "spoils a file by hand, and asks what is not as it was rendered (`check-update`; `check --strict`)", text[0], None, lambda w: w.put("a.txt", "junk\n"), [], play="check"),
        Story("62", "edits a file, updates, and takes the update back (no such command; `undo`)", *text, mine("a.txt"), [("a.txt", "mine")], play="undo"),
        Story("P10", "has not put the project under git, and edits a line; the template changes another", *text, both(mine("a.txt"), no_git), [("a.txt", "mine")], ("a.txt", "theirs 10"), commit=False),
    ]


def no_git(w: World) -> None:
    w.remove(".git")


def all_stories() -> list[Story]:
    return [*merges(), *names(), *added(), *binaries(), *kinds(), *failures(), *reports()]

