"""Thousands of people with Chinese and Latin names and 200 friends each, written straight into SQLite; seeded."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.world import PASSWORD, token_of
from hongyan_core.passwords import hash_password
from hongyan_core.secrets import load_secret_key
from hongyan_core.store.database import open_database
from hongyan_core.store.terms import make_terms

DATABASE: Final = "hongyan.sqlite3"
_SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英小文华玉红雪梅兰天宇子轩欣怡浩然思远若溪清风"
_FIRST: Final = (
    "Ann Bob Carol Dan Eve Frank Grace Heidi Ivan Judy Karl Lena Mona Nils Olga Paul Rosa Sven Tina Uwe".split()
)
_LAST: Final = (
    "Arbor Baker Clark Davis Evans Foster Garcia Hughes Ito Jansen Klein Lopez Moreau Novak Olsen Petrov".split()
)


def name_of(index: int) -> str:
    """The user name of a person: `c000042`."""
    return f"c{index:06d}"


def make_crowd(folder: Path, people: int, friends: int, with_token: int) -> None:
    """A data folder with `people` accounts, each the friend of its `friends` neighbours in a ring.

    Args:
        with_token: How many of them have a device token, `token_of(index)`.
    """
    load_secret_key(folder)
    open_database(f"sqlite:///{folder / DATABASE}").close()
    password_hash = hash_password(PASSWORD)  # one for all: 17 ms each would be half an hour
    connection = sqlite3.connect(folder / DATABASE)
    connection.execute("PRAGMA synchronous = off")
    with connection:
        shown = list(_make_display_names(people))
        connection.executemany(
            "INSERT INTO account (id, name, display_name, password_hash, language, created_at_ms, mqtt_generation,"
            " mqtt_provisioned, skeleton) VALUES (?, ?, ?, ?, 'zh', 1, 1, 0, ?)",
            ((n + 1, name_of(n), shown[n], password_hash, name_of(n)) for n in range(people)),
        )
        terms = sorted((term, n + 1) for n in range(people) for term in make_terms(name_of(n), shown[n]))
        connection.executemany("INSERT INTO account_term (term, account_id) VALUES (?, ?)", terms)
        connection.executemany(
            "INSERT INTO friendship (account_id, friend_id, since_ms) VALUES (?, ?, 1)", _ring(people, friends)
        )
        connection.executemany(
            "INSERT INTO credential (account_id, kind, label, secret_hash, created_at_ms)"
            " VALUES (?, 'device', '', ?, 1)",
            ((n + 1, hashlib.sha256(token_of(n).encode()).hexdigest()) for n in range(with_token)),
        )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _make_display_names(people: int) -> Iterator[str]:
    """Two in three are Chinese; surnames repeat as they do in life."""
    chance = random.Random(7)
    for _ in range(people):
        if chance.random() < 2 / 3:
            yield chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2))))
        else:
            yield f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"


def _ring(people: int, friends: int) -> Iterator[tuple[int, int]]:
    """Both directions of each friendship, in the order of the key."""
    reach = min(friends, people - 1) // 2
    for n in range(people):
        others = {(n + step) % people for step in range(-reach, reach + 1)} - {n}
        yield from ((n + 1, other + 1) for other in sorted(others))
