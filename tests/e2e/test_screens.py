"""Every screen is free of what axe-core finds, at a desk and on a phone, by day and by night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.household import Household
from tests.e2e.screens import SCREENS
from tests.e2e.visiting import Screen, Visitor

AXE = Path(__file__).parents[2] / "webapp/frontend/node_modules/axe-core/axe.min.js"
# Everything of WCAG 2.2 A and AA that a program can find, and what axe itself advises: landmarks, order of headings.
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
BY_NIGHT = {"type": "rule", "values": ["color-contrast"]}
# Of two thousand emoji, which would take ten seconds, the first ones stand for all.
ASK = """async (only) => {
    const looked = { include: [["html"]], exclude: [[".picker section ~ section"]] };
    const found = await axe.run(looked, { runOnly: only, resultTypes: ["violations"] });
    const tell = ({ target, html, any }) => `${target} ${html} ${any[0]?.message ?? ""}`;
    return found.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(tell).join(" | ")}`);
}"""


@pytest.fixture(scope="module")
def visitor(chromium: Browser, household: Household) -> Iterator[Visitor]:
    """One who goes from screen to screen; no page may have complained on the way."""
    visitor = Visitor(chromium, household)
    yield visitor
    problems = visitor.problems()
    visitor.close()
    assert problems == []


def violations(page: Page, only: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found: list[str] = page.evaluate(ASK, only)
    return found


WAYS = [
    pytest.param(screen, device, id=f"{device}-{screen.name}")
    for device in ("desktop", "phone")
    for screen in SCREENS
    if device in screen.devices
]


@pytest.mark.parametrize(("screen", "device"), WAYS)
def test_axe_finds_nothing(visitor: Visitor, screen: Screen, device: str) -> None:
    page = visitor.go(screen, device).page
    found = violations(page, RULES)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"by night: {one}" for one in violations(page, BY_NIGHT)]
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    visitor.leave(screen, device)
    assert found == []
