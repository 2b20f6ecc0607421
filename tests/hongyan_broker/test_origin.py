"""Which pages may open MQTT over WebSocket."""

from __future__ import annotations

from pathlib import Path

import pytest

from hongyan_broker.origin import is_own_origin
from hongyan_core.settings import Settings


def _scope(origin: str | None, host: str) -> dict[str, object]:
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    return {"type": "websocket", "headers": headers}


@pytest.mark.parametrize(
    ("origin", "host", "expected"),
    [
        pytest.param("http://localhost:8000", "localhost:8000", True, id="our page under one name"),
        pytest.param("http://127.0.0.1:8000", "127.0.0.1:8000", True, id="our page under another name"),
        pytest.param(None, "localhost:8000", True, id="a program"),
        pytest.param("https://evil.example", "localhost:8000", False, id="another site"),
        pytest.param("http://localhost:9000", "localhost:8000", False, id="another port"),
        pytest.param("null", "localhost:8000", False, id="a sandboxed page"),
        pytest.param("null", "", False, id="nothing to compare with"),
    ],
)
def test_without_a_public_url_the_page_must_come_from_the_host_that_is_asked(
    origin: str | None, host: str, expected: bool
) -> None:
    settings = Settings(data_dir=Path("data"), secret_key=b"")
    assert is_own_origin(settings, _scope(origin, host)) is expected


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://chat.example.org", True),
        ("http://chat.example.org", False),
        ("https://chat.example.org:8443", False),
        ("http://10.0.0.5:8000", False),
        (None, True),
    ],
)
def test_a_public_url_is_demanded(origin: str | None, expected: bool) -> None:
    settings = Settings(data_dir=Path("data"), secret_key=b"", public_url="https://chat.example.org/")
    assert is_own_origin(settings, _scope(origin, "10.0.0.5:8000")) is expected
