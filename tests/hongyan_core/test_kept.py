"""What the open broker keeps, in both databases."""

from __future__ import annotations

import peewee
import pytest

from hongyan_core.kept import Change, Kept, KeptMessage, KeptSession
from hongyan_core.store.kept import load_kept, save_changes

pytestmark = pytest.mark.usefixtures("database")


def test_nothing_is_kept_at_first() -> None:
    assert load_kept() == Kept([], [], 0)


def test_changes_hold_in_their_order() -> None:
    save_changes(
        [
            (Change.SESSION, (1, "bob", 5)),
            (Change.SUBSCRIBED, (1, "a/#", 1)),
            (Change.SUBSCRIBED, (1, "a/#", 2)),
            (Change.SUBSCRIBED, (1, "b", 0)),
            (Change.UNSUBSCRIBED, (1, "b")),
            (Change.QUEUED, (2, 1, 7, "a/b", b"\0\xff", 2, False)),
            (Change.QUEUED, (3, 1, 8, "a/c", b"", 1, True)),
            (Change.QUEUED, (4, 1, 9, "a/d", b"x", 1, False)),
            (Change.RELEASED, (2,)),
            (Change.DONE, (4,)),
            (Change.RECEIVED, (1, 11)),
            (Change.RECEIVED, (1, 11)),
            (Change.RECEIVED, (1, 12)),
            (Change.COMPLETED, (1, 12)),
            (Change.SEEN, (6, 1)),
        ]
    )
    messages = [
        KeptMessage(2, 7, "a/b", b"\0\xff", 2, retain=False, released=True),
        KeptMessage(3, 8, "a/c", b"", 1, retain=True, released=False),
    ]
    assert load_kept() == Kept([KeptSession(1, "bob", 6, [("a/#", 2)], messages, [11])], [], 3)


def test_a_session_that_ends_takes_with_it_what_hangs_on_it() -> None:
    save_changes(
        [
            (Change.SESSION, (1, "bob", 5)),
            (Change.SUBSCRIBED, (1, "a", 1)),
            (Change.QUEUED, (2, 1, 7, "a", b"x", 1, False)),
            (Change.RECEIVED, (1, 11)),
            (Change.SESSION_ENDED, (1,)),
            (Change.SESSION, (3, "bob", 6)),
        ]
    )
    assert load_kept() == Kept([KeptSession(3, "bob", 6, [], [], [])], [], 3)


def test_a_retained_message_is_replaced_and_forgotten() -> None:
    save_changes(
        [
            (Change.RETAINED, ("a", b"old", 0)),
            (Change.RETAINED, ("a", b"new", 1)),
            (Change.RETAINED, ("b", b"x", 0)),
            (Change.FORGOTTEN, ("b",)),
        ]
    )
    assert load_kept() == Kept([], [("a", b"new", 1)], 0)


def test_a_batch_that_fails_leaves_nothing(database: peewee.Database) -> None:
    with pytest.raises(Exception, match=r"(?i)constraint"):
        save_changes([(Change.RETAINED, ("a", b"x", 0)), (Change.SUBSCRIBED, (99, "a", 1))])
    assert load_kept() == Kept([], [], 0)
