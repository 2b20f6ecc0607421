"""The shell scripts behind `make` and CI, with stand-ins for the programs that would change the machine."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


class Machine:
    """A folder of stand-in programs that come first on PATH; each writes down how it was called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"

    def add(self, program: str, *, says: str = "", code: int = 0) -> None:
        """Let `program` print `says` and end with `code`."""
        path = self.folder / program
        path.write_text(f"#!/bin/sh\necho \"{program} $*\" >>'{self.calls}'\nprintf '%s' '{says}'\nexit {code}\n")
        path.chmod(0o755)

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script of ours on this machine."""
        variables = {**os.environ, **environment, "PATH": f"{self.folder}:{os.environ['PATH']}"}
        return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=30)

    def read_calls(self) -> list[str]:
        """Programs that were called, with their arguments, in order."""
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine whose Python cannot make virtual environments, as Debian without python3-venv."""
    machine = Machine(tmp_path)
    machine.add("no-ensurepip", code=1)
    return machine


def test_without_the_right_to_install_the_command_that_mends_it_is_named(machine: Machine) -> None:
    machine.add("id", says="1000")
    machine.add("sudo", code=1)
    machine.add("apt-get")
    ended = machine.run("scripts/debian-packages.sh", "venv", PYTHON="no-ensurepip")
    assert ended.returncode == 1
    assert ended.stderr == (
        "Python cannot make a virtual environment here. Mend it with:  sudo apt-get install python3-venv\n"
    )
    assert not [call for call in machine.read_calls() if call.startswith("apt-get")]


def test_root_gets_missing_packages_after_one_update(machine: Machine) -> None:
    machine.add("id", says="0")
    machine.add("apt-get")
    ended = machine.run("scripts/debian-packages.sh", "venv", PYTHON="no-ensurepip")
    assert ended.returncode == 0
    assert ended.stdout == "Installing Debian packages: python3-venv\n"
    assert [call for call in machine.read_calls() if call.startswith("apt-get")] == [
        "apt-get update -qq",
        "apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 python3-venv",
    ]


def test_nothing_is_installed_where_nothing_is_missing(machine: Machine) -> None:
    machine.add("apt-get")
    ended = machine.run("scripts/debian-packages.sh", "venv", PYTHON="python3")
    assert (ended.returncode, ended.stdout, machine.read_calls()) == (0, "", [])


def test_a_python_that_is_too_old_is_refused_in_one_sentence(machine: Machine) -> None:
    machine.add("python-old", code=1)
    ended = machine.run("scripts/make-venv.sh", str(machine.folder / "venv"), PYTHON="python-old")
    assert ended.returncode == 1
    assert ended.stderr.startswith("Hongyan needs Python 3.11 or later")
    assert not (machine.folder / "venv").exists()


@pytest.mark.parametrize(
    ("printed", "code", "last"),
    [
        ("ruff\n812 passed, 1 skipped in 143.20s (0:02:23)\n", 0, "812 passed, 1 skipped in 143.20s (0:02:23)"),
        ("1 failed, 811 passed in 99.00s\nmake: *** Error 1\n", 2, "1 failed, 811 passed in 99.00s"),
        ("E501 Line too long\nmake: *** Error 1\n", 2, "make test ended before pytest did"),
    ],
    ids=["passed", "failed", "not even started"],
)
def test_ci_is_honest_and_ends_with_the_closing_line(machine: Machine, printed: str, code: int, last: str) -> None:
    machine.add("make", says=printed, code=code)
    ended = machine.run(".ci/run")
    assert ended.returncode == code
    assert ended.stdout.splitlines()[-1] == last
    assert machine.read_calls() == ["make test"]
