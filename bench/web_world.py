"""The data folder of the browser bench: one reader, a long group, and a list full of other conversations; seeded."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

from peewee import chunked

from bench.crowd import DATABASE
from bench.world import PASSWORD, name_of, token_of
from hongyan_core.passwords import hash_password
from hongyan_core.secrets import load_secret_key
from hongyan_core.store.database import open_database, write_transaction
from hongyan_core.store.models import (
    Account,
    ChatGroup,
    Conversation,
    Credential,
    Friendship,
    Membership,
    ReadMark,
    StoredMessage,
)

GROUP: Final = "lab"
SPEAKERS: Final = 8  # of the group; `name_of(1)` is the one who speaks while it is measured
_START_MS: Final = 1_750_000_000_000
_EVERY_MS: Final = 90_000
_WORDS: Final = (
    "ok",
    "on my way",
    "好的，我马上到",
    "The goose has landed.",
    "明天几点见？",
    "Can somebody look at the pump in room 4, please?",
    "收到，谢谢！",
    "我刚看了一下数据，温度比昨天高了两度，晚上再看一次。",
    "Let us meet at nine and go through the list once more.",
    "**important**: the door is locked after six",
    "see https://example.org/notes",
    "😀",
)


@dataclass(frozen=True, slots=True)
class _Talk:
    """Who speaks in a conversation, and as what the messages name it: `group/lab`."""

    conversation: Conversation
    to: str
    speakers: Sequence[Account]


def make_world(folder: Path, messages: int, talks: int) -> None:
    """Write `messages` into the group `lab`, and `talks` conversations in all into the list of `name_of(0)`.

    The reader has read everything; every third other conversation is a group, the rest are friends.
    """
    load_secret_key(folder)
    database = open_database(f"sqlite:///{folder / DATABASE}")
    database.execute_sql("PRAGMA synchronous = off")
    chance = random.Random(5)
    with write_transaction():
        people = _insert_people(max(SPEAKERS, talks))
        numbers = count(1)
        lab = _Talk(_make_group(GROUP, "The laboratory", people[:SPEAKERS]), f"group/{GROUP}", people[:SPEAKERS])
        _say(lab, messages, numbers, chance)
        for index in range(1, talks):
            _say(_make_talk(index, (people[0], people[index])), chance.randint(1, 40), numbers, chance)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _insert_people(people: int) -> tuple[Account, ...]:
    """The reader signs in with PASSWORD; the speaker has the token `token_of(1)`."""
    password_hash = hash_password(PASSWORD)
    rows = [
        {"name": name_of(n), "display_name": f"Person {n}", "password_hash": password_hash, "created_at_ms": 1}
        for n in range(people + 1)
    ]
    for some in chunked(rows, 500):
        Account.insert_many(some).execute()
    made = tuple(Account.select(Account.id, Account.name).order_by(Account.name))
    secret_hash = hashlib.sha256(token_of(1).encode()).hexdigest()
    Credential.create(account=made[1], kind="device", label="", secret_hash=secret_hash, created_at_ms=1)
    return made


def _make_group(name: str, title: str, members: Sequence[Account]) -> Conversation:
    conversation = Conversation.create(key=f"group:{name}", kind="group")
    group = ChatGroup.create(name=name, title=title, owner=members[0], conversation=conversation, created_at_ms=1)
    Membership.insert_many(
        {"group": group, "account": member, "role": "member" if at else "owner", "since_seq": 0, "joined_at_ms": 1}
        for at, member in enumerate(members)
    ).execute()
    return conversation


def _make_pair(one: Account, other: Account) -> Conversation:
    both = [(one, other, 1), (other, one, 1)]
    Friendship.insert_many(both, [Friendship.account, Friendship.friend, Friendship.since_ms]).execute()
    return Conversation.create(key=f"user:{one.name}:{other.name}", kind="user", low=one, high=other)


def _make_talk(index: int, pair: tuple[Account, Account]) -> _Talk:
    if index % 3 == 0:
        return _Talk(_make_group(f"g{index}", f"Group {index}", pair), f"group/g{index}", pair)
    return _Talk(_make_pair(*pair), f"user/{name_of(index)}", pair)


def _say(talk: _Talk, size: int, numbers: Iterator[int], chance: random.Random) -> None:
    rows = (_make_row(talk, seq, next(numbers), chance) for seq in range(1, size + 1))
    for some in chunked(rows, 2_000):
        StoredMessage.insert_many(some).execute()
    key = talk.conversation.id
    Conversation.update(last_seq=size, counted=size, shown_seq=size).where(Conversation.id == key).execute()
    ReadMark.create(account=talk.speakers[0], conversation=key, seq=size, at_ms=_START_MS + size * _EVERY_MS)


def _make_row(talk: _Talk, seq: int, number: int, chance: random.Random) -> dict[str, Any]:
    """One in six answers another. In a conversation of two the pages read who says it, not to whom."""
    speaker = chance.choice(talk.speakers)
    at_ms = _START_MS + seq * _EVERY_MS
    body = " ".join(chance.choices(_WORDS, k=chance.choice((1, 1, 1, 2, 4))))
    said: dict[str, Any] = {"id": f"b{number}", "kind": "text", "body": body}
    if "**" in body:
        said["format"] = "markdown"
    if seq > 20 and chance.random() < 1 / 6:
        said["reply"] = seq - chance.randint(1, 20)
    stamp = {"from": speaker.name, "to": talk.to, "seq": seq, "at": at_ms}
    return {
        "position": number,
        "conversation": talk.conversation,
        "seq": seq,
        "sender": speaker,
        "message_id": f"b{number}",
        "kind": "text",
        "at_ms": at_ms,
        "payload": json.dumps({**said, **stamp}, ensure_ascii=False, separators=(",", ":")),
        "ordinal": seq,
    }
