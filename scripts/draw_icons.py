"""Draw the icons of the installed app from webapp/frontend/public/goose.svg: `python scripts/draw_icons.py`.

The PNGs are committed, because a build has no browser. Draw them anew when the goose changes.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

PUBLIC: Final = Path(__file__).resolve().parents[1] / "webapp/frontend/public"
TEAL: Final = "#1d6b66"
ALONE: Final = re.compile(r'<path fill="#fbf8f0" d="[^"]+"/>')


def draw(goose: str) -> dict[str, tuple[int, str]]:
    """Each icon's side in pixels and its picture."""
    inside = goose[goose.index("<rect") : goose.index("</svg>")]
    # Masks cut off a fifth and iOS rounds the corners itself, so the colour goes to the edge and the bird keeps away.
    full = f'<rect width="64" height="64" fill="{TEAL}"/><g transform="translate(7 7) scale(.78)">{inside}</g>'
    bird = ALONE.search(goose)
    if bird is None:
        raise ValueError("goose.svg has no bird of the known colour")
    return {
        "icon-192.png": (192, inside),
        "icon-512.png": (512, inside),
        "maskable-512.png": (512, full),
        "apple-touch-180.png": (180, full),
        "badge-96.png": (96, bird[0].replace("#fbf8f0", "#ffffff")),  # systems take its outline and colour it
    }


def shoot(page: Page, side: int, picture: str) -> bytes:
    """A PNG with what is not drawn transparent."""
    page.set_viewport_size({"width": side, "height": side})
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="{side}" height="{side}">{picture}</svg>'
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block }}</style>{svg}")
    return page.screenshot(omit_background=True)


def main() -> None:
    """Write them all."""
    folder = PUBLIC / "icons"
    folder.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        for name, (side, picture) in draw((PUBLIC / "goose.svg").read_text(encoding="utf-8")).items():
            (folder / name).write_bytes(shoot(page, side, picture))
        browser.close()


if __name__ == "__main__":
    main()
