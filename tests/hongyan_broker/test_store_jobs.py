"""For whom the store has to be asked before a clean session begins."""

from __future__ import annotations

import pytest

from hongyan_broker import store_jobs
from hongyan_broker.store_jobs import Storing


def test_before_anybody_has_looked_everybody_may_have_stored_sessions() -> None:
    storing = Storing()
    storing.add("ann")
    assert "bob" in storing


def test_only_those_who_were_found_or_added_may_have_stored_sessions() -> None:
    storing = Storing()
    storing.begin({"ann"})
    storing.add("bob")
    assert [name in storing for name in ("ann", "bob", "eve")] == [True, True, False]


def test_of_too_many_no_names_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_jobs, "MAX_STORING", 2)
    found, grown = Storing(), Storing()
    found.begin({"ann", "bob"})
    assert "eve" in found
    grown.begin({"ann"})
    assert "eve" not in grown
    grown.add("bob")
    assert "eve" in grown
