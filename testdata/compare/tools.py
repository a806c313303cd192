"""The two tools, each with its own way to write a template set, make a project and update it."""

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

TIMEOUT = 60  # seconds, for any one command
HANG = 20  # seconds, for a command that is expected to end at once


@dataclass
class Ran:
    """What a command left behind: its exit code (None: it was stopped, since it did not end) and what it printed."""

    code: int | None
    text: str
    stdout: str = ""


@dataclass
class Text:
    """A file that is rendered. `<name>` stands for an answer; `error` is an expression that can't be rendered."""

    copier: str
    scaffold: str | None = None

    def form(self, tool: str) -> str:
        return self.copier if tool == "copier" or self.scaffold is None else self.scaffold


@dataclass
class Program:
    """An executable file of the set."""

    data: str


@dataclass
class Template:
    """One version of a template set, in terms that both tools have."""

    files: dict[str, object]
    questions: dict[str, dict] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)  # scaffold's `moved`
    migrate: list[str] = field(default_factory=list)  # copier's `_migrations`, before
    tasks: list[str] = field(default_factory=list)  # copier's `_tasks`
    once: list[str] = field(default_factory=list)  # `once` there, `_skip_if_exists` here
    secret: list[str] = field(default_factory=list)  # scaffold's `secret`


class World:
    """A folder of its own for one story told with one tool: the set, the project, what lies outside, a home."""

    tool = ""

    def __init__(self, top: Path, program: Path):
        self.top, self.program = top, program
        self.project, self.set, self.outside = top / "project", top / "set", top / "outside"
        self.home, self.tmp = top / "home", top / "tmp"
        for folder in (self.outside, self.home, self.tmp):
            folder.mkdir(parents=True)
        (self.home / ".gitconfig").write_text("[user]\n\tname = A\n\temail = a@example.com\n[init]\n\tdefaultBranch = main\n")
        self.version = 0

    # Commands.

    def environment(self) -> dict[str, str]:
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH")}
        home = {"HOME": str(self.home), "TMPDIR": str(self.tmp), "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        return keep | home | {"PYTHONDONTWRITEBYTECODE": "1"}

    def start(self, *args: str, cwd: Path | None = None) -> subprocess.Popen:
        return subprocess.Popen(
            args, cwd=cwd or self.project, env=self.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )

    def run(self, *args: str, cwd: Path | None = None, limit: float = TIMEOUT) -> Ran:
        child = self.start(*args, cwd=cwd)
        try:
            out, err = child.communicate(timeout=limit)
            code = child.returncode
        except subprocess.TimeoutExpired:
            kill(child)
            out, err = child.communicate(timeout=TIMEOUT)
            code = None
        out, err = out.decode(errors="replace"), err.decode(errors="replace")
        return Ran(code, self.plain(out + err), self.plain(out))

    def plain(self, text: str) -> str:
        """The text without what is different in every run."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", text).replace(str(self.project), "project").replace(str(self.top), "...")
        return re.sub(r"(\.\.\./tmp/)\S+?(?=[/'\" ]|$)", r"\1...", text)

    def git(self, *args: str, cwd: Path | None = None) -> str:
        ran = self.run("git", *args, cwd=cwd)
        if ran.code != 0:
            raise RuntimeError(f"git {' '.join(args)}: {ran.text}")
        return ran.stdout

    def commit(self) -> None:
        """Everything that the user has done is committed, as copier asks for."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "work")

    # The user's hands.

    def path(self, name: str) -> Path:
        return self.project / name

    def put(self, name: str, data: str | bytes) -> None:
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_bytes(data if isinstance(data, bytes) else data.encode())

    def sub(self, name: str, old: str, new: str) -> None:
        data = self.path(name).read_bytes()
        if old.encode() not in data:
            raise RuntimeError(f"{name}: {old!r} is not there")
        self.put(name, data.replace(old.encode(), new.encode(), 1))

    def remove(self, name: str) -> None:
        path = self.path(name)
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    # Looking.

    def read(self, name: str) -> bytes | None:
        """The bytes of a file; None where there is none. Nothing but regular files is opened, no link is followed."""
        path = self.path(name)
        try:
            return path.read_bytes() if stat.S_ISREG(path.lstat().st_mode) else None
        except (FileNotFoundError, NotADirectoryError):
            return None

    def files(self) -> dict[str, tuple]:
        """All paths but git's and the tools' own state, with kind, mode and bytes."""
        found = {}
        for folder, dirs, names in os.walk(self.project):
            dirs[:] = sorted(d for d in dirs if d not in (".git", ".scaffold"))
            for name in [*dirs, *names]:
                path = Path(folder, name)
                rel = path.relative_to(self.project).as_posix()
                if rel != ".copier-answers.yml":
                    mode = path.lstat().st_mode
                    found[rel] = (stat.S_IFMT(mode), stat.S_IMODE(mode), self.read(rel))
        return found

    def in_history(self, name: str, token: bytes) -> bool:
        child = self.start("git", "show", f"HEAD:{name}")
        out, _ = child.communicate(timeout=TIMEOUT)
        return child.returncode == 0 and token in out

    def write_set(self, files: dict[str, object], root: Path, suffix: str) -> None:
        for name, data in files.items():
            if isinstance(data, Text):
                name, data = name + suffix, self.spell(data.form(self.tool), content=True)
            path = root / self.spell(name, content=False)
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(data, Program):
                path.write_text(data.data)
                path.chmod(0o755)
            else:
                path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def spell(self, text: str, content: bool) -> str:
        raise NotImplementedError


def kill(child: subprocess.Popen) -> None:
    """Ends a command and what it started; the group is its own."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Copier(World):
    """A git repository with copier.yml and one tag a version, as its manual recommends."""

    tool = "copier"
    trust = False

    def publish(self, template: Template) -> None:
        if not self.set.exists():
            self.set.mkdir()
            self.git("init", "-q", cwd=self.set)
        for name in ("template", "copier.yml"):
            path = self.set / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        self.version += 1
        self.write_set(template.files, self.set / "template", ".jinja")
        answers = self.set / "template" / "{{_copier_conf.answers_file}}.jinja"
        answers.write_text("# Changes here will be overwritten by Copier; NEVER EDIT MANUALLY\n{{ _copier_answers|to_nice_yaml -}}\n")
        config: dict = {"_subdirectory": "template", "_skip_if_exists": template.once, "_tasks": template.tasks}
        config["_migrations"] = [
            {"version": f"v{self.version}", "command": command, "when": "{{ _stage == 'before' }}"} for command in template.migrate
        ]
        self.trust = self.trust or bool(template.tasks or template.migrate)
        (self.set / "copier.yml").write_text(json.dumps(config | template.questions, indent=1))
        self.git("add", "-A", "--force", cwd=self.set)  # a .gitignore of the template is not the set's own
        self.git("commit", "-q", "--allow-empty", "-m", f"v{self.version}", cwd=self.set)
        self.git("tag", f"v{self.version}", cwd=self.set)

    def flags(self, answers: dict[str, str]) -> list[str]:
        flags = ["--defaults"] + ["--trust"] * self.trust
        for key, value in answers.items():
            flags += ["--data", f"{key}={value}"]
        return flags

    def make(self, **answers: str) -> Ran:
        return self.run(str(self.program), "copy", *self.flags(answers), str(self.set), str(self.project), cwd=self.top)

    def command(self, *more: str, **answers: str) -> list[str]:
        return [str(self.program), "update", *self.flags(answers), *more]

    def update(self, limit: float = TIMEOUT, **answers: str) -> Ran:
        return self.run(*self.command(**answers), limit=limit)

    def recorded(self) -> str:
        found = re.search(r"^_commit: v?(\S+)", (self.read(".copier-answers.yml") or b"").decode(errors="replace"), re.M)
        return found[1] if found else ""

    def spell(self, text: str, content: bool) -> str:
        return re.sub(r"<(\w+)>", r"{{ \1 }}", text)


class Scaffold(World):
    """A folder with templates.yaml and one layer."""

    tool = "scaffold"

    def publish(self, template: Template) -> None:
        shutil.rmtree(self.set, ignore_errors=True)
        self.version += 1
        layer = self.set / "all"
        layer.mkdir(parents=True)
        questions = [
            {"name": name, "kind": "text", "prompt": name, "default": q["default"]} for name, q in template.questions.items() if not q.get("secret")
        ]
        top = {"name": "story", "version": str(self.version), "questions": questions}
        (self.set / "templates.yaml").write_text(json.dumps(top, indent=1))
        config = {"summary": "everything", "moved": template.moved, "once": template.once, "secret": template.secret}
        (layer / "layer.yaml").write_text(json.dumps({k: v for k, v in config.items() if v}, indent=1))
        self.write_set(template.files, layer, ".tmpl")

    def flags(self, answers: dict[str, str]) -> list[str]:
        flags = ["--yes", "--templates", str(self.set)]
        for key, value in answers.items():
            flags += ["--set", f"{key}={value}"]
        return flags

    def make(self, **answers: str) -> Ran:
        return self.run(str(self.program), "new", str(self.project), "--no-git", "--no-lock", *self.flags(answers), cwd=self.top)

    def command(self, *more: str, **answers: str) -> list[str]:
        return [str(self.program), "update", *self.flags(answers), *more]

    def update(self, limit: float = TIMEOUT, **answers: str) -> Ran:
        return self.run(*self.command(**answers), limit=limit)

    def recorded(self) -> str:
        found = re.search(r"version: \"?(\d+)\"?\s*}?$", (self.read(".scaffold/answers.yaml") or b"").decode(errors="replace").split("templates:")[-1], re.M)
        return found[1] if found else ""

    def spell(self, text: str, content: bool) -> str:
        return re.sub(r"<(\w+)>", r"{{ .Answers.\1 }}" if content else r"__\1__", text)


def install_copier(venv: Path, requirements: Path) -> Path | None:
    """Installs copier as pinned into a new environment; None when it can't be had."""
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = [[sys.executable, "-m", "venv", str(venv)], [*pip, "-r", str(requirements)]]
    if shutil.which("uv"):
        python = str(venv / "bin" / "python")
        steps = [["uv", "venv", "--quiet", str(venv)], ["uv", "pip", "install", "--quiet", "--python", python, "-r", str(requirements)]]
    for step in steps:
        try:
            if subprocess.run(step, timeout=300, stdout=sys.stderr).returncode != 0:
                return None
        except (OSError, subprocess.TimeoutExpired):
            return None
    return venv / "bin" / "copier"
