"""Looks into an image that image.sh built, and runs it: `look` needs nothing, `run` a mount and a network namespace.

The run is as a careful host would start it: the numeric user without groups, the root read-only, /tmp a tmpfs, /data a
volume, no network but loopback, the server as process 1.
"""

import fcntl
import http.client
import http.server
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

PORT = 8000
START_SECONDS = 60
STOP_SECONDS = 10


def read_config(image):
    config = json.loads(Path(image).read_text())["Docker"]["config"]
    return {
        "user": config.get("User") or "",
        "command": config.get("Cmd") or [],
        "health": (config.get("Healthcheck") or {}).get("Test") or [],
        "workdir": config.get("WorkingDir") or "/",
        "env": dict(item.split("=", 1) for item in config.get("Env") or []),
    }


def look(image, root, project, base_mb, limit_mb):
    config, root, project = read_config(image), Path(root), Path(project)
    wrong = []
    numbers = config["user"].split(":")
    if not all(number.isdigit() and int(number) > 0 for number in numbers):
        wrong.append(f"the user is {config['user']!r}; it must be a number other than 0")
    if not config["command"] or config["command"][:2] == ["/bin/sh", "-c"]:
        wrong.append(f"CMD is not in exec form: {config['command']}")
    if config["health"][:1] != ["CMD"]:
        wrong.append(f"HEALTHCHECK is not in exec form: {config['health']}")
    wrong += [f"/{path} is in the image" for path in strangers(root)]
    size, leaks = weigh(root / config["workdir"].lstrip("/"), secrets_of(project))
    wrong += [f"{path} holds the project's SECRET_KEY" for path in leaks]
    total = size / 1e6 + float(base_mb)
    print(f"image: {size / 1e6:.0f} MB above the base image, about {total:.0f} MB in all")
    if total >= float(limit_mb):
        wrong.append(f"it is over {limit_mb} MB")
    return wrong


def strangers(root):
    """Paths that no image should hold: settings, history and the project's own tests."""
    for folder, folders, files in os.walk(root):
        at = Path(folder).relative_to(root)
        if at.parts[:1] in {("proc",), ("sys",), ("dev",)}:
            folders.clear()
            continue
        for name in [*folders, *files]:
            if name in {".git", ".env"} or name.startswith(".env."):
                yield at / name
            elif name in {"tests", "conftest.py"} and at.parts[:1] == ("srv",) and "site-packages" not in at.parts:
                yield at / name


def secrets_of(project):
    env = project / ".env"
    lines = env.read_text().splitlines() if env.exists() else []
    values = [line.partition("=")[2].strip().encode() for line in lines if line.startswith("SECRET_KEY=")]
    return [value for value in values if value]


def weigh(folder, secrets):
    size, leaks = 0, []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            size += len(data)
            leaks += [path for secret in secrets if secret in data]
    return size, leaks


class Image:
    """The image's root, and how to start a command in it."""

    def __init__(self, image, root, work):
        self.config = read_config(image)
        self.root, self.work = Path(root), Path(work)
        hosts = {"ALLOWED_HOSTS": "shop.example,www.shop.example", "SECRET_KEY": os.urandom(32).hex()}
        # A database that is not there: the server must live without it.
        nowhere = {"DATABASE_URL": "postgresql://app@127.0.0.1:1/app"}
        self.env = {**nowhere, **self.config["env"], **hosts, "http_proxy": "http://127.0.0.1:9"}

    def enter(self):
        """Becomes the image's user in the image's root; the last thing before exec."""
        user, _, group = self.config["user"].partition(":")
        os.chroot(self.root)
        os.chdir(self.config["workdir"])
        os.setgroups([])
        os.setgid(int(group or user))
        os.setuid(int(user))

    def execute(self, words):
        self.enter()
        os.execvpe(words[0], words, self.env)

    def call(self, words, **options):
        """Runs a command in the image and returns its exit code and output."""
        child = [sys.executable, __file__, "exec", *self.arguments(), *words]
        done = subprocess.run(child, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, env=self.host_env(), **options)
        return done.returncode, done.stdout

    def serve(self):
        """Starts the image's command as process 1 of its own namespace."""
        words = ["unshare", "--pid", "--fork", "--kill-child", sys.executable, __file__, "exec", *self.arguments()]
        log = open(self.work / "server.log", "wb")
        return subprocess.Popen([*words, *self.config["command"]], stdout=log, stderr=log, env=self.host_env())

    def arguments(self):
        return [str(self.work / "image.json"), str(self.root), str(self.work)]

    def host_env(self):
        return {**os.environ, "IMAGE_ENV": json.dumps(self.env)}

    def healthy(self):
        return self.call(self.config["health"][1:])[0] == 0


def mount(*words):
    subprocess.run(["mount", *map(str, words)], check=True)


def prepare(image):
    """The mounts of a container with a read-only root, and a loopback interface."""
    root = image.root
    mount("--bind", root, root)
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "dev")
    for device in ("null", "zero", "random", "urandom"):
        (root / "dev" / device).touch()
        mount("--bind", f"/dev/{device}", root / "dev" / device)
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / "tmp")
    if (root / "data").is_dir():
        owner, volume = (root / "data").stat(), image.work / "data"
        volume.mkdir()
        os.chown(volume, owner.st_uid, owner.st_gid)
        mount("--bind", volume, root / "data")
    mount("-o", "remount,bind,ro", root)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        up_and_running = 0x1 | 0x40
        fcntl.ioctl(s, 0x8914, struct.pack("16sh14x", b"lo", up_and_running))


def run(image):
    prepare(image)
    own_database = image.env.get("DATABASE_URL", "").startswith("sqlite")
    if own_database:
        code, output = image.call(["alembic", "upgrade", "head"])
        if code != 0:
            return [f"alembic upgrade head ended with {code}:\n{output}"]
    if image.healthy():
        return ["HEALTHCHECK is content though nothing is running"]
    server = image.serve()
    wrong = judge(image, server, own_database)
    if server.poll() is None:
        server.kill()
    if wrong:
        wrong.append("its log:\n" + (image.work / "server.log").read_text()[-4000:])
    return wrong or unhealthy_answer(image)


def judge(image, server, own_database):
    until = time.monotonic() + START_SECONDS
    while not image.healthy():
        if server.poll() is not None:
            return [f"the server ended with {server.returncode}"]
        if time.monotonic() > until:
            return [f"HEALTHCHECK did not succeed in {START_SECONDS} s"]
        time.sleep(0.3)
    print("image: HEALTHCHECK answered, with a read-only root")
    if own_database and (status := ask("/health/ready")) != 200:
        return [f"/health/ready answered {status}"]
    return stop(server)


def ask(path):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    connection.request("GET", path, headers={"Host": "shop.example"})
    return connection.getresponse().status


def stop(server):
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    began = time.monotonic()
    os.kill(int(children[0]), signal.SIGTERM)
    try:
        code = server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        return [f"still there {STOP_SECONDS} s after SIGTERM"]
    print(f"image: ended with {code}, {time.monotonic() - began:.1f} s after SIGTERM")
    return [] if code == 0 else [f"ended with {code} on SIGTERM, not 0"]


class Unavailable(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(503)
        self.end_headers()

    def log_message(self, *_arguments):
        pass


def unhealthy_answer(image):
    """HEALTHCHECK must fail on an answer that is an error."""
    http.server.HTTPServer.allow_reuse_address = True
    with http.server.HTTPServer(("127.0.0.1", PORT), Unavailable) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        healthy = image.healthy()
        server.shutdown()
    return ["HEALTHCHECK takes an answer 503 for health"] if healthy else []


def main(command, *arguments):
    if command == "exec":
        image = Image(*arguments[:3])
        image.env = json.loads(os.environ["IMAGE_ENV"])
        image.execute(list(arguments[3:]))
    wrong = look(*arguments) if command == "look" else run(Image(*arguments))
    for line in wrong:
        print("image:", line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
