"""Both deployments, and nothing left running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deployment import Deployment, EmbeddedDeployment, MosquittoDeployment


@pytest.fixture(params=[EmbeddedDeployment, MosquittoDeployment], ids=["embedded", "mosquitto"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A running Hongyan; its log must hold no traceback at the end."""
    running: Deployment = request.param(tmp_path, "--limits", "off")
    try:
        running.start()
        yield running
        assert "Traceback" not in running.read_logs()
    finally:
        running.close()
