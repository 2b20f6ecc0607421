"""Reads the case files of tests/contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

CONTRACT = Path(__file__).parent.parent / "contract"


def read_cases(file: str, section: str) -> list[Any]:
    return json.loads((CONTRACT / file).read_text(encoding="utf-8"))[section]


def payload_of(case: dict[str, Any]) -> bytes:
    return bytes.fromhex(case["payload_hex"]) if "payload_hex" in case else case["payload_utf8"].encode()
