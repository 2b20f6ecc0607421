"""The repository as a newcomer meets it: nothing generated, no foreign addresses, documentation that is true."""

from __future__ import annotations

import ast
import dataclasses
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from hongyan import limits
from hongyan.limits import Limits
from hongyan_broker import serve
from hongyan_core.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
GENERATED = re.compile(
    r"(^|/)(dist|node_modules|__pycache__|\.venv|\.make|test-results)/|^webapp/hongyan_web/ui/"
    r"|\.min\.js$|\.pyc$|\.sqlite3|\.db$|\.egg-info/|\.log$"
)
SETTINGS_FILES = (".json", ".lock", ".toml", ".cfg", ".npmrc", ".ini")
DOWNLOAD_ADDRESS = re.compile(r'"resolved": *"http|registry *= *"?http|files\.pythonhosted|index-url|registry\.npmjs')
MACHINE_PATH = re.compile(r"(?<![\w.$}-])/(?:work|root|farm)/\w|/home/(?!you/)\w+/\w|C:\\Users")
COMMANDS = ("serve", "web", "router", "broker", "admin")
SAID_ONLY = frozenset({"open"})  # no variable sets it: it must be said each time


@cache
def list_files(*, tracked_only: bool = False) -> tuple[str, ...]:
    """The files of the repository as git knows them, new ones that are not ignored included."""
    others = () if tracked_only else ("--others", "--exclude-standard")
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", *others], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout: what is tracked cannot be asked")
    return tuple(name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file())


def read_documents() -> dict[str, str]:
    """Every Markdown file of ours, by its path."""
    paths = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "mosquitto-compat").rglob("*.md")]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in paths}


@cache
def read_options(command: str) -> frozenset[str]:
    """The options in `hongyan {command} --help`."""
    program = "import sys; from hongyan.cli import main; sys.exit(main())"
    answer = subprocess.run(
        [sys.executable, "-c", program, command, "--help"], capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    return frozenset(re.findall(r"--([a-z][a-z-]+)", answer.stdout)) - {"help"}


def test_nothing_generated_is_tracked() -> None:
    assert [name for name in list_files(tracked_only=True) if GENERATED.search(name)] == []


def test_settings_and_locks_name_no_download_address() -> None:
    wrong = [
        name
        for name in list_files()
        if name.endswith(SETTINGS_FILES) and DOWNLOAD_ADDRESS.search((ROOT / name).read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_no_file_names_a_path_of_someones_machine() -> None:
    wrong = []
    for name in list_files():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        wrong += [f"{name}: {found[0]}" for found in MACHINE_PATH.finditer(text)]
    assert wrong == []


def test_no_file_is_a_maze() -> None:
    long = [
        name
        for name in list_files()
        if name.endswith((".py", ".ts", ".svelte")) and (ROOT / name).read_text(encoding="utf-8").count("\n") > 500
    ]
    assert long == []


def test_links_in_the_documentation_lead_somewhere() -> None:
    broken = []
    for name, text in read_documents().items():
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", text):
            if "://" not in target and not (ROOT / name).parent.joinpath(target).exists():
                broken.append(f"{name} -> {target}")
    assert broken == []


def test_every_page_is_in_the_index() -> None:
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"({page})" not in index} == set()


def test_python_in_the_documentation_compiles() -> None:
    for name, text in read_documents().items():
        for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            compile(block, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_readme_names_only_make_targets_that_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(
        re.findall(r"^\s*make ([a-z-]+)|`make ([a-z-]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert {first or second for first, second in named} - targets == set()
    assert ("run", "") in named


def test_both_readmes_show_the_same_commands() -> None:
    blocks = [
        re.findall(r"^```(?:sh|python)\n(.*?)^```", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for name in ("README.md", "README.zh.md")
    ]
    english, chinese = ([re.sub(r" *#.*", "", block) for block in part] for part in blocks)
    assert english == chinese


@pytest.mark.parametrize(("name", "language"), [("README.md", "en_US.UTF-8"), ("README.zh.md", "zh_CN.UTF-8")])
def test_the_readme_shows_what_the_start_prints(
    name: str, language: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", language)
    serve._announce(Settings(data_dir=Path("/home/you/.local/share/hongyan"), secret_key=b""))
    assert f"```\n{capsys.readouterr().out}```\n" in (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented(command: str) -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    rows = {row[0]: row[1] for row in re.findall(r"^\| `--([a-z-]+)` \| `([A-Z_]+)` \|", text, re.MULTILINE)}
    assert {option for option in read_options(command) - SAID_ONLY if option not in rows} == set()
    assert {option: rows[option] for option in rows} == {
        option: "HONGYAN_" + option.upper().replace("-", "_") for option in rows
    }


def test_every_documented_option_exists() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    existing = frozenset().union(*map(read_options, COMMANDS))
    assert set(re.findall(r"`--([a-z][a-z-]+)", text)) - existing == set()


def test_every_limit_is_documented_with_its_value() -> None:
    text = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `(\w+)` \| ([^|]+?) \|", text, re.MULTILINE))
    actual = {field.name: str(field.default) for field in dataclasses.fields(Limits)}
    actual |= {name: str(value) for name, value in vars(limits).items() if name.startswith(("MAX_", "MIN_"))}
    assert {name: value.replace(",", "") for name, value in documented.items()} == actual


def test_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    homes = [ROOT, *(ROOT / home for home in ("clientlib", "webapp", "broker", "webapp/frontend/src"))]
    named = set(re.findall(r"`([a-z_]+/[\w/.-]+)`", text))
    assert {name for name in named if not any((home / name).exists() for home in homes)} == set()
    assert "hongyan_core/rules.py" in named
