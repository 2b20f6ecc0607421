"""What the documentation says is run, or compared with the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hongyan import errors
from hongyan.cli import make_parser
from hongyan.envelope import KINDS, parse_draft

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("code", blocks("library.md", "python"))
def test_every_python_block_compiles(code):
    compile(code, "library.md", "exec")


def test_the_documented_test_of_a_bot_passes():
    (code,) = [block for block in blocks("library.md", "python") if "def test_" in block]
    names = {}
    exec(code, names)
    names["test_the_bot_echoes_even_what_it_missed"]()


def test_every_refusal_is_documented():
    page = (DOCS / "messages.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page.partition("## Refusals")[2].partition("## Live")[0], re.MULTILINE)[
        1:
    ] == [code.value for code in errors.Code]


def test_every_field_of_a_draft_is_documented():
    page = (DOCS / "messages.md").read_text(encoding="utf-8")
    for fields, _ in KINDS.values():
        assert all(f"`{field}`" in page for field in fields)
    assert all(f"`{kind}`" in page for kind in KINDS)


def test_the_documented_draft_is_accepted():
    draft, _ = blocks("messages.md", "json")
    assert parse_draft(draft.strip().encode()).kind == "text"


def test_every_command_is_documented():
    page = (DOCS / "library.md").read_text(encoding="utf-8")
    (commands,) = [action.choices for action in make_parser()._actions if action.choices]
    assert all(f"hongyan {command}" in page for command in commands)
