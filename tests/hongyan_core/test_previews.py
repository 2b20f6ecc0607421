from __future__ import annotations

import peewee
import pytest

from hongyan_core.actions import previews
from hongyan_core.actions.previews import keep_preview, sweep_previews
from hongyan_core.store.models import LinkPreview, Picture
from hongyan_core.store.pictures import find_picture
from hongyan_core.store.previews import Preview, find_preview, hash_url

HOUR_MS, WEEK_MS = 3_600_000, 604_800_000
URL = "https://news.example.org/"


def test_what_was_kept_is_found_for_a_week(database: peewee.Database) -> None:
    kept = keep_preview(URL, title="雁", description="words", site="News", image=b"one", at_ms=1)
    assert kept == Preview("雁", "words", "News", kept.picture)
    assert find_picture(kept.picture) == b"one"
    assert find_preview(URL, at_ms=WEEK_MS) == kept
    assert find_preview(URL, at_ms=WEEK_MS + 1) is None
    assert find_preview("https://other.example.org/", at_ms=1) is None


def test_that_there_was_nothing_is_kept_for_an_hour(database: peewee.Database) -> None:
    keep_preview(URL, at_ms=1)
    assert find_preview(URL, at_ms=HOUR_MS) == Preview("", "", "", None)
    assert find_preview(URL, at_ms=HOUR_MS + 1) is None


def test_a_new_look_takes_the_place_of_the_old_one_with_its_picture(database: peewee.Database) -> None:
    keep_preview(URL, title="one", image=b"one", at_ms=1)
    keep_preview(URL, title="two", image=b"two", at_ms=2)
    found = find_preview(URL, at_ms=2)
    assert found is not None
    assert (found.title, find_picture(found.picture), Picture.select().count()) == ("two", b"two", 1)
    keep_preview(URL, at_ms=3)
    assert Picture.select().count() == 0


def test_an_address_is_kept_as_a_hash_only(database: peewee.Database) -> None:
    keep_preview("https://x.example.org/?token=secret", title="Hi", at_ms=1)
    ((row),) = LinkPreview.select().dicts()
    assert row["url_hash"] == hash_url("https://x.example.org/?token=secret")
    assert "secret" not in str(row)


def test_what_is_over_is_swept_in_steps_with_its_pictures(
    database: peewee.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_STEP", 2)
    for number in range(3):
        keep_preview(f"{URL}{number}", title="old", image=b"old", at_ms=number)
    keep_preview(URL, title="new", image=b"new", at_ms=3)
    assert [sweep_previews(WEEK_MS + 2) for _ in range(3)] == [True, False, False]
    assert [row.title for row in LinkPreview.select()] == ["new"]
    assert Picture.select().count() == 1
