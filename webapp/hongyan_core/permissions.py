"""The rules as a page for people: `python -m hongyan_core.permissions > docs/permissions.md`."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

from hongyan_core import rules, standing
from hongyan_core.rules import Rule
from hongyan_core.texts import say

_HEAD: Final = """# Permissions

Who may do what. This page is made from the rules themselves (`webapp/hongyan_core/rules.py`) by
`python -m hongyan_core.permissions`; a test compares the two.

A deed is refused unless all that its table asks for holds, read from the top: the first line that does not hold
decides what the person is told. The exchange asks the rules of messages for every message, so a change holds from
the very next one. What a fact means stands [at the end](#facts).
"""
_FIELD: Final = re.compile(r"^    (\w+): .*?(?:  # (.+))?$", re.MULTILINE)


def make_page() -> str:
    """The whole page in Markdown."""
    sections = [_describe(names, rule) for rule, names in _group_by_rule()]
    return "\n".join([_HEAD, *sections, _describe_facts()])


def _group_by_rule() -> Iterator[tuple[Rule[Any, Any], list[str]]]:
    """Each rule with the deeds that it is for, in the order of the table."""
    deeds: dict[int, tuple[Rule[Any, Any], list[str]]] = {}
    for name, value in vars(rules).items():
        if isinstance(value, Rule) and not name.startswith("_"):
            deeds.setdefault(id(value), (value, []))[1].append(name)
    yield from deeds.values()


def _describe(names: list[str], rule: Rule[Any, Any]) -> str:
    title = " · ".join(name.replace("_", " ").capitalize() for name in names)
    rows = [
        f"| `{fact}` | {'yes' if wanted else 'no'} | `{refusal}` | {say(str(refusal), 'en', limit='…', wait_s='…')} |"
        for fact, wanted, refusal in rule.needs
    ]
    return "\n".join(
        [f"## {title}", "", "| fact | must be | else | what the person is told |", "|---|---|---|---|", *rows, ""]
    )


def _describe_facts() -> str:
    asked = {fact for rule, _ in _group_by_rule() for fact, _, _ in rule.needs}
    meanings: dict[str, str] = {}
    for fact, meaning in _find_meanings():
        if meaning:
            meanings.setdefault(fact, meaning)
    rows = [f"| `{fact}` | {meanings.get(fact, '')} |" for fact in sorted(asked)]
    return "\n".join(["## Facts", "", "| fact | means |", "|---|---|", *rows, ""])


def _find_meanings() -> Iterator[tuple[str, str]]:
    """What standing.py says beside its fields and in its properties."""
    kinds = [kind for kind in vars(standing).values() if inspect.isclass(kind) and kind.__module__ == standing.__name__]
    for kind in kinds:
        for name, comment in _FIELD.findall(inspect.getsource(kind)):
            yield name, comment
        for name, value in vars(kind).items():
            if isinstance(value, property):
                yield name, " ".join((value.__doc__ or "").split()).removesuffix(".")


if __name__ == "__main__":
    sys.stdout.write(make_page())
