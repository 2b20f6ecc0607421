from __future__ import annotations

import json

import pytest

from hongyan._state import StateFile
from hongyan.topics import group, user


def test_positions_read_back(tmp_path):
    file = StateFile(tmp_path / "bob.json")
    assert file.load("bob") is None
    file.save("bob", {user("ann"): 7, group("lab"): 0})
    assert file.load("bob") == {user("ann"): 7, group("lab"): 0}
    assert json.loads(file.path.read_text()) == {"account": "bob", "positions": {"user/ann": 7, "group/lab": 0}}


def test_a_crash_amid_the_writing_leaves_the_old_file(tmp_path, monkeypatch):
    file = StateFile(tmp_path / "bob.json")
    file.save("bob", {user("ann"): 7})
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(OSError, match="no space left"):
        file.save("bob", {user("ann"): 8})
    assert file.load("bob") == {user("ann"): 7}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "hello", '{"account":"bob","positions":{"x":1}}', '{"account":"bob","positions":[]}']
)
def test_another_file_is_not_taken_for_a_state(tmp_path, text):
    (tmp_path / "bob.json").write_text(text)
    with pytest.raises(ValueError, match="not a state file"):
        StateFile(tmp_path / "bob.json").load("bob")


def test_the_state_of_another_account_is_refused(tmp_path):
    file = StateFile(tmp_path / "bob.json")
    file.save("bob", {})
    with pytest.raises(ValueError, match="the state of bob, not of ann"):
        file.load("ann")
