"""The arrows between the packages, and what an import pulls in (docs/architecture.md, "The house")."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {
    "hongyan": ROOT / "clientlib/hongyan",
    "hongyan_core": ROOT / "webapp/hongyan_core",
    "hongyan_web": ROOT / "webapp/hongyan_web",
    "hongyan_broker": ROOT / "broker/hongyan_broker",
}
# package → which of our packages it may import, anywhere in a file
ALLOWED = {
    "hongyan": set(),
    "hongyan_core": {"hongyan"},
    "hongyan_web": {"hongyan", "hongyan_core"},
    "hongyan_broker": {"hongyan", "hongyan_core"},
}
# the only modules that may import more: the ends meet here
ALSO_ALLOWED = {
    "hongyan_broker/serve.py": {"hongyan_web"},
    "hongyan/cli.py": {"hongyan_broker"},
}
# package or folder → outside packages that it must never import
FORBIDDEN = {
    "hongyan": {"flask", "peewee", "amqtt", "uvicorn", "uvloop", "requests", "psycopg"},
    "hongyan_core": {"flask", "amqtt", "asyncio", "paho", "uvicorn", "websockets"},
    "hongyan_web": {"amqtt", "asyncio", "paho", "websockets"},
    "hongyan_broker/plane": {"amqtt", "asyncio", "socket", "ssl", "peewee", "flask", "paho", "time", "threading"},
}
FILES = {
    f"{package}/{path.relative_to(folder).as_posix()}": path
    for package, folder in FOLDERS.items()
    for path in sorted(folder.rglob("*.py"))
}


def read_imports(path: Path, *, top_level_only: bool = False) -> Iterator[tuple[str, int]]:
    """The first word of every imported module, with its line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0], node.lineno


def test_every_package_is_there_and_read() -> None:
    assert {name.split("/")[0] for name in FILES} == {"hongyan", "hongyan_core", "hongyan_web", "hongyan_broker"}
    assert "hongyan_core/store/models/talk.py" in FILES


@pytest.mark.parametrize("name", FILES)
def test_arrows_point_to_what_cannot_be_replaced(name: str) -> None:
    package = name.split("/", maxsplit=1)[0]
    allowed = ALLOWED[package] | ALSO_ALLOWED.get(name, set()) | {package}
    wrong = [
        f"{name}:{line} imports {what}" for what, line in read_imports(FILES[name]) if what in FOLDERS.keys() - allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("place", FORBIDDEN)
def test_what_a_package_knows_nothing_of_it_does_not_import(place: str) -> None:
    wrong = [
        f"{name}:{line} imports {what}"
        for name, path in FILES.items()
        if name.startswith(f"{place}/")
        for what, line in read_imports(path)
        if what in FORBIDDEN[place]
    ]
    assert wrong == []


def test_the_command_line_imports_the_server_only_when_asked_to_serve() -> None:
    at_import = {what for what, _ in read_imports(FILES["hongyan/cli.py"], top_level_only=True)}
    assert not at_import & {"hongyan_broker", "hongyan_web", "hongyan_core"}


def test_importing_the_library_is_light() -> None:
    heavy = ["flask", "peewee", "amqtt", "uvicorn", "uvloop", "hongyan_core", "hongyan_web", "hongyan_broker"]
    program = f"import sys, hongyan; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert answer.stdout.strip() == "[]"
