"""What the documentation says is run, or compared with the code."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from hongyan import errors
from hongyan._verbs import Verbs
from hongyan.cli import make_parser
from hongyan.envelope import parse_draft
from hongyan.kinds import KINDS, Content, Role
from hongyan.testing import MemoryServer

COMMON = {field.name for field in msgspec.structs.fields(Content)}
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


def run_block(word, tmp_path, monkeypatch):
    """Run the block of library.md that defines `word`; returns its names."""
    (code,) = [block for block in blocks("library.md", "python") if f"def {word}(" in block]
    for name in ("one.png", "two.png", "report.pdf", "hello.ogg", "tour.mp4"):
        (tmp_path / name).write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    return names[word]


@pytest.fixture
def server():
    server = MemoryServer()
    server.befriend("ann", "bob")
    server.create_group("lab", "ann", "bob")
    return server


def test_the_documented_verbs_send_every_kind(server, tmp_path, monkeypatch):
    with server.client("ann") as ann:
        run_block("show_all", tmp_path, monkeypatch)(ann, "group/lab")
    sent = {message.kind for message in server.history("bob", "group/lab")}
    assert sent | {"forward", "card"} == set(KINDS) | {"gone"}
    assert [message.kind for message in server.history("bob", "user/ann")] == ["forward"]


def test_the_documented_reminder_waits(server, tmp_path, monkeypatch):
    with server.client("ann") as ann:
        run_block("remind", tmp_path, monkeypatch)(ann)
    assert [item["repeat"] for item in server.scheduled("ann")] == ["weekdays"]


def test_the_documented_stream_is_one_message(server, tmp_path, monkeypatch):
    with server.client("ann") as ann:
        run_block("answer", tmp_path, monkeypatch)(ann, server.say("bob", "group/lab", "tell me"))
    assert server.history("bob", "group/lab")[1].body == "**Once** upon a time"


def test_the_documented_card_is_shown_and_switched(server, tmp_path, monkeypatch):
    seen = []
    with server.client("ann") as ann, server.client("bob") as bob:
        bob.on_live(seen.append)
        run_block("heat", tmp_path, monkeypatch)(ann)
        server.press("bob", "group/lab", "ann", "heater", "on")
        server.say("bob", "group/lab", "done")
        assert ann.next_message(timeout_s=5).body == "done"
        server.say("ann", "group/lab", "done")
        assert bob.next_message(timeout_s=5).body == "done"
    assert [live.fields["data"]["state"] for live in seen if live.tail == "card/group/lab"] == ["off", "on"]


def test_every_verb_is_in_the_page():
    page = (DOCS / "library.md").read_text(encoding="utf-8")
    assert [name for name in vars(Verbs) if not name.startswith("_") and f"{name}(" not in page] == []


def test_every_refusal_is_documented():
    page = (DOCS / "messages.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page.partition("## Refusals")[2].partition("## Live")[0], re.MULTILINE)[
        1:
    ] == [code.value for code in errors.Code]


def read_kinds():
    """(kind, fields, needed fields) of the tables in docs/messages.md."""
    page = (DOCS / "messages.md").read_text(encoding="utf-8")
    section = page.partition("## Kinds")[2].partition("Only the server writes these")[0]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*`[^|]*) \|", section, re.MULTILINE)
    return [(kind, set(re.findall(r"`(\w+)`", cell)), set(re.findall(r"\*`(\w+)`\*", cell))) for kind, cell in rows]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_and_its_fields_are_documented(name):
    fields = {field.name: field for field in msgspec.structs.fields(KINDS[name].shape)}
    needed = {field for field, info in fields.items() if info.required}
    own = fields.keys() - COMMON if KINDS[name].role is Role.CONTENT else fields.keys() - {"id", "kind", "ext"}
    ((told, told_needed),) = [(told, needed) for kind, told, needed in read_kinds() if kind == name]
    assert told_needed == needed
    assert own - told == set()


def test_what_all_content_may_have_is_documented():
    page = (DOCS / "messages.md").read_text(encoding="utf-8")
    section = page.partition("## Kinds")[2].partition("| kind |")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == COMMON - {"id", "kind", "ext"}


def test_the_documented_draft_is_accepted():
    draft, _ = blocks("messages.md", "json")
    assert parse_draft(draft.strip().encode()).kind == "text"


def test_every_command_is_documented():
    page = (DOCS / "library.md").read_text(encoding="utf-8")
    (commands,) = [action.choices for action in make_parser()._actions if action.choices]
    assert all(f"hongyan {command}" in page for command in commands)
