from __future__ import annotations

import re
from pathlib import Path

from hongyan_core import permissions, rules
from hongyan_core.rules import Rule

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def test_the_page_is_what_the_rules_say() -> None:
    assert PAGE.read_text() == permissions.make_page(), "run: python -m hongyan_core.permissions > docs/permissions.md"


def test_every_rule_stands_on_the_page_with_its_first_need_first() -> None:
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    titled = {title: section for section in sections for title in section.splitlines()[0].split(" · ")}
    for name, rule in vars(rules).items():
        if isinstance(rule, Rule) and not name.startswith("_"):
            rows = titled[name.replace("_", " ").capitalize()].splitlines()[4:]
            assert rows[0].startswith(f"| `{rule.needs[0][0]}` | "), name


def test_a_block_is_told_to_friends_only() -> None:
    section = PAGE.read_text().split("## Send to user")[1].split("\n## ")[0]
    facts = re.findall(r"^\| `(\w+)` \| (yes|no) \| `(\w+)`", section, re.MULTILINE)
    assert facts == [
        ("in_use", "yes", "account_disabled"),
        ("other_in_use", "yes", "not_friends"),
        ("friends_or_self", "yes", "not_friends"),
        ("blocked_by_me", "no", "you_blocked"),
        ("blocks_me", "no", "blocked"),
        ("in_scope", "yes", "out_of_scope"),
    ]


def test_every_fact_that_is_asked_for_is_explained() -> None:
    facts = PAGE.read_text().split("## Facts")[1]
    unexplained = re.findall(r"^\| `(\w+)` \|\s*\|$", facts, re.MULTILINE)
    assert unexplained == []
