"""Pictures of every screen: in both languages, at a desk and on a phone; of some by night and in forced colours too."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser

from tests.e2e.browser import open_chromium
from tests.e2e.household import MAIL, Household, move_in
from tests.e2e.visiting import SIZES, Screen, Visitor
from tests.support.deployment import EmbeddedDeployment

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Look:
    """What the system asks of the pages; `suffix`: of the picture's name."""

    suffix: str
    scheme: Literal["light", "dark"]
    forced: Literal["active", "none"] = "none"


DAY = Look("", "light")
LOOKS = (Look("-dark", "dark"), Look("-forced", "light", "active"), DAY)  # the last one stays on for the next screen


def take(folder: Path, screens: Sequence[Screen]) -> None:
    """Write all pictures and a page that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        deployment = EmbeddedDeployment(Path(home), "--limits", "off", *MAIL)
        try:
            deployment.start()
            house = move_in(deployment, Path(home))
            with open_chromium() as browser:
                taken = [name for language in LANGUAGES for name in _visit(browser, house, language, folder, screens)]
        finally:
            deployment.close()
    (folder / "index.html").write_text(_page(taken, screens))
    sys.stdout.write(f"{len(taken)} pictures of {len(screens)} screens in {folder}: open index.html\n")


def _visit(browser: Browser, house: Household, language: str, folder: Path, screens: Sequence[Screen]) -> Iterator[str]:
    visitor = Visitor(browser, house, language=language)
    for device in SIZES:
        for screen in screens:
            if device not in screen.devices:
                continue
            page = visitor.go(screen, device).page
            for look in LOOKS if screen.dark else (DAY,):
                page.emulate_media(color_scheme=look.scheme, forced_colors=look.forced, reduced_motion="reduce")
                name = f"{screen.name}.{language}.{device}{look.suffix}.png"
                page.screenshot(path=folder / name)
                yield name
            visitor.leave(screen, device)
    problems = visitor.problems()
    visitor.close()
    if problems:
        sys.exit(f"a page complained: {problems}")


def _page(taken: Sequence[str], screens: Sequence[Screen]) -> str:
    """A plain page: a screen is a row."""
    rows = []
    for screen in screens:
        pictures = [name for name in taken if name.startswith(f"{screen.name}.")]
        shown = "".join(
            f'<a href="{name}"><img src="{name}" alt="{name}" height="400" loading="lazy"></a>' for name in pictures
        )
        rows.append(f'<h2 id="{screen.name}">{screen.name}</h2><p>{shown}</p>')
    return (
        f"<!doctype html><meta charset=utf-8><title>Hongyan: every screen</title><h1>Every screen</h1>{''.join(rows)}\n"
    )
