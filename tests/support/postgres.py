"""A throw-away PostgreSQL of Debian's: started once a test run, on a Unix socket of its own, ended by its pid."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

MENDING = "apt-get install postgresql"


def find_postgres() -> Path | None:
    """The newest folder that holds `initdb` and `postgres`, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path and shutil.which("initdb") else None


@contextmanager
def running_postgres(bin_dir: Path) -> Iterator[str]:
    """Run a server without fsync; yields the URL of an empty database."""
    with tempfile.TemporaryDirectory(prefix="hy-pg-") as folder:  # short: a socket's path has at most 107 bytes
        home, demotion = Path(folder), _demotion()
        if demotion:
            shutil.chown(home, demotion["user"], demotion["group"])
        home.chmod(0o755)
        data = home / "data"
        subprocess.run(
            [bin_dir / "initdb", "-D", data, "-U", "hongyan", "-E", "UTF8", "--locale=C.UTF-8", "--auth=trust", "-N"],
            check=True,
            capture_output=True,
            cwd=home,
            **demotion,
        )
        settings = "fsync=off full_page_writes=off shared_buffers=32MB max_connections=60 listen_addresses="
        options = [part for setting in settings.split() for part in ("-c", setting)]
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(
                [bin_dir / "postgres", "-D", data, "-k", home, *options], stdout=log, stderr=log, cwd=home, **demotion
            )
        try:
            yield _wait_until_ready(server, home)
        finally:
            server.send_signal(signal.SIGINT)  # "fast" shutdown: open sessions are ended
            server.wait(30)


def _demotion() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: arguments for subprocess that make it somebody else."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _wait_until_ready(server: subprocess.Popen[bytes], home: Path) -> str:
    base = f"postgresql://hongyan@/{{}}?host={home}"
    deadline = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(base.format("postgres"), autocommit=True) as connection:
                connection.execute("CREATE DATABASE hongyan")
            return base.format("hongyan")
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((home / "log").read_text()) from None
            time.sleep(0.02)  # between two looks at a condition, with a deadline
