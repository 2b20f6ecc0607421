"""What to do in a test when a tool is not there."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def leave_out(tool: str, mending: str) -> NoReturn:
    """Leave the test out and say why; in CI, which installs what it needs, a missing tool is a failure."""
    reason = f"{tool} is not installed; to run these tests: {mending}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
