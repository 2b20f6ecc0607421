"""Millions of messages in Chinese, English, Japanese and Korean, written straight into SQLite; seeded.

The words follow Zipf's law, as those of a language do; into some messages a term of `TERMS` is put, so that each is as
common, middling or rare as it says. One account, `name_of(0)`, sees `READER_SHARE` of all messages, in `READER_TALKS`
conversations; the largest conversation of others has nothing to do with it.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import Final

from bench.crowd import DATABASE
from bench.world import name_of, token_of
from hongyan_core.search.blocks import Block, Entry
from hongyan_core.search.index import Index, open_index
from hongyan_core.search.words import fold_line
from hongyan_core.secrets import load_secret_key
from hongyan_core.store.database import open_database

READER_SHARE: Final = 0.005
READER_TALKS: Final = 200
_MESSAGES_A_TALK: Final = 250  # in the mean
_CHUNK: Final = 50_000
_START_MS: Final = 1_700_000_000_000
_INDEXES: Final = {
    "stored_message_conversation_id_seq": "conversation_id, seq",
    "stored_message_message_id_sender_id": "message_id, sender_id",
}
# How often, and what a person types; of five characters: a phrase, or the beginning of a word.
COMMON, MIDDLING, RARE = 0.03, 0.001, 0.000002
TERMS: Final[tuple[tuple[float, tuple[str, ...]], ...]] = (
    (
        COMMON,
        ("好", "可以", "我们明天见", "t", "th", "there", "の", "です", "お願いします", "요", "오늘", "감사합니다"),
    ),
    (
        MIDDLING,
        ("鲸", "会议", "下周三下午", "q", "qu", "quart", "鯨", "会議", "来週水曜日", "힣", "회의", "다음수요일"),
    ),
    (RARE, ("龘", "雁塔", "西安大雁塔", "ж", "zx", "zxcvb", "鱻", "雁書", "雁の便りを", "뷁", "기럭", "기러기편지")),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A message to be written."""

    talk: int
    body: str


class Speech:
    """Endless bodies of a language: words by Zipf's law."""

    def __init__(self, chance: random.Random, words: Sequence[str], between: str) -> None:
        self._chance, self._words, self._between = chance, words, between
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(words))))

    def bodies(self, count: int) -> Iterator[str]:
        """So many, of 1 to 20 words."""
        sizes = [min(20, 1 + int(self._chance.expovariate(1 / 7))) for _ in range(count)]
        words = iter(self._chance.choices(self._words, cum_weights=self._weights, k=sum(sizes)))
        return (self._between.join(islice(words, size)) for size in sizes)


def make_speeches(chance: random.Random) -> list[tuple[float, Speech]]:
    """Each language with its share."""
    han = [chr(code) for code in range(0x4E00, 0x4E00 + 3_000)]
    kana = [chr(code) for code in range(0x3042, 0x3094)]
    hangul = [chr(code) for code in range(0xAC00, 0xAC00 + 2_000)]
    latin = [a + b for a in "bcdfghklmnprstvw" for b in "aeiou"]
    return [
        (0.6, Speech(chance, _make_words(chance, han, 30_000, (1, 1, 2, 2, 2, 2, 3)), "")),
        (0.2, Speech(chance, _make_words(chance, latin, 20_000, (1, 2, 3, 4)), " ")),
        (0.1, Speech(chance, _make_words(chance, kana + han[:500], 10_000, (1, 2, 3, 4)), "")),
        (0.1, Speech(chance, _make_words(chance, hangul, 10_000, (2, 3, 4)), " ")),
    ]


def _make_words(chance: random.Random, parts: Sequence[str], count: int, sizes: Sequence[int]) -> list[str]:
    weights = list(accumulate(1 / (rank + 20) for rank in range(len(parts))))
    made = ("".join(chance.choices(parts, cum_weights=weights, k=chance.choice(sizes))) for _ in range(count))
    return list(dict.fromkeys(made))


def say_all(messages: int) -> Iterator[list[Said]]:
    """All messages in their order, in chunks."""
    chance = random.Random(13)
    speeches = make_speeches(chance)
    talks, weights = _weigh_talks(messages)
    for start in range(0, messages, _CHUNK):
        size = min(_CHUNK, messages - start)
        bodies = [body for share, speech in speeches for body in speech.bodies(int(size * share) + 1)]
        chance.shuffle(bodies)
        put_terms(chance, bodies)
        yield [Said(*pair) for pair in zip(chance.choices(talks, cum_weights=weights, k=size), bodies, strict=False)]


def put_terms(chance: random.Random, bodies: list[str]) -> None:
    """Add each term to as many bodies as it says."""
    for share, terms in TERMS:
        for term in terms:
            expected = share * len(bodies)
            times = int(expected) + (chance.random() < expected % 1)
            for place in chance.sample(range(len(bodies)), times):
                bodies[place] = f"{bodies[place]} {term}"


def _weigh_talks(messages: int) -> tuple[list[int], list[float]]:
    """The reader's conversations first; a few are large and most are small."""
    others = max(10, messages // _MESSAGES_A_TALK)
    mine = [READER_SHARE / READER_TALKS] * READER_TALKS
    theirs = [1 / (rank + 50) ** 0.7 for rank in range(others)]
    scale = (1 - READER_SHARE) / sum(theirs)
    return list(range(READER_TALKS + others)), list(accumulate(mine + [weight * scale for weight in theirs]))


def make_talk(folder: Path, messages: int) -> None:
    """A data folder with all of it, and its search index."""
    load_secret_key(folder)
    open_database(f"sqlite:///{folder / DATABASE}").close()
    connection = sqlite3.connect(folder / DATABASE)
    connection.execute("PRAGMA synchronous = off")
    talks = len(_weigh_talks(messages)[0])
    with connection:
        _write_people(connection, talks)
    index = open_index()
    _write_messages(connection, index, messages)
    index.close()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def make_dialogue(folder: Path, sizes: dict[str, int]) -> None:
    """A data folder in which `name_of(0)` has so long a conversation with each of these; without a search index."""
    load_secret_key(folder)
    open_database(f"sqlite:///{folder / DATABASE}").close()
    connection = sqlite3.connect(folder / DATABASE)
    connection.execute("PRAGMA synchronous = off")
    position = 0
    with connection:
        _write_accounts(connection, [name_of(0), *sizes])
        for number, (name, size) in enumerate(sizes.items()):
            connection.execute(
                "INSERT INTO conversation (id, key, kind, low_id, high_id, last_seq, counted, shown_seq)"
                " VALUES (?1, ?2, 'user', 1, ?3, ?4, ?4, ?4)",
                (number + 1, f"user:{name_of(0)}:{name}", number + 2, size),
            )
            rows = (
                (position + seq, number + 1, seq, 1 + seq % 2 * (number + 1), f"hello {seq}")
                for seq in range(1, size + 1)
            )
            connection.executemany(_INSERT, (_make_row(*row) for row in rows))
            position += size
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _write_accounts(connection: sqlite3.Connection, names: Iterable[str]) -> None:
    """With ids from 1; the first one has a device token, `token_of(0)`."""
    connection.executemany(
        "INSERT INTO account (id, name, display_name, password_hash, language, created_at_ms, mqtt_generation,"
        " mqtt_provisioned, skeleton) VALUES (?1, ?2, ?2, '-', 'zh', 1, 1, 0, ?2)",
        enumerate(names, 1),
    )
    connection.execute(
        "INSERT INTO credential (account_id, kind, label, secret_hash, created_at_ms) VALUES (1, 'device', '', ?, 1)",
        (hashlib.sha256(token_of(0).encode()).hexdigest(),),
    )


def _write_people(connection: sqlite3.Connection, talks: int) -> None:
    """Every other conversation of the reader's is a group; all others are of two people who talk with nobody else."""
    _write_accounts(connection, map(name_of, range(READER_TALKS + 1 + 2 * (talks - READER_TALKS))))
    groups = [talk for talk in range(READER_TALKS) if talk % 2]
    connection.executemany(
        "INSERT INTO conversation (id, key, kind, low_id, high_id, last_seq) VALUES (?, ?, ?, ?, ?, 0)",
        (_make_conversation(talk) for talk in range(talks)),
    )
    connection.executemany(
        "INSERT INTO chat_group (id, name, title, owner_id, conversation_id, created_at_ms) VALUES (?, ?, ?, 2, ?, 1)",
        ((talk + 1, f"g{talk}", f"Group {talk}", talk + 1) for talk in groups),
    )
    connection.executemany(
        "INSERT INTO membership (group_id, account_id, role, since_seq, joined_at_ms) VALUES (?, 1, 'member', 0, 1)",
        ((talk + 1,) for talk in groups),
    )


def _make_conversation(talk: int) -> tuple[int, str, str, int | None, int | None]:
    if talk < READER_TALKS and talk % 2:
        return talk + 1, f"group:g{talk}", "group", None, None
    low, high = (0, talk + 1) if talk < READER_TALKS else _pair_of(talk)
    return talk + 1, f"user:{name_of(low)}:{name_of(high)}", "user", low + 1, high + 1


def _pair_of(talk: int) -> tuple[int, int]:
    first = READER_TALKS + 1 + 2 * (talk - READER_TALKS)
    return first, first + 1


def _sender_of(talk: int, seq: int) -> int:
    """Account ids; who writes changes from message to message."""
    if talk >= READER_TALKS:
        return _pair_of(talk)[seq % 2] + 1
    return talk + 2 if seq % 2 else 1


_INSERT: Final = """INSERT INTO stored_message (position, conversation_id, seq, sender_id, message_id, kind, at_ms,
    payload, ordinal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_Row = tuple[int, int, int, int, str, str, int, str, int]


def _make_row(position: int, conversation_id: int, seq: int, sender_id: int, body: str) -> _Row:
    """A text that needs no escapes, a second after the one before."""
    at_ms, sender = _START_MS + position * 1_000, name_of(sender_id - 1)
    stamp = f'"from":"{sender}","to":"group/g","seq":{seq},"at":{at_ms}'
    payload = f'{{"id":"m{position}","kind":"text","body":"{body}",{stamp}}}'
    return position, conversation_id, seq, sender_id, f"m{position}", "text", at_ms, payload, seq


def _write_messages(connection: sqlite3.Connection, index: Index, messages: int) -> None:
    """Tables first, their indexes at the end: in bulk."""
    for name in _INDEXES:
        connection.execute(f"DROP INDEX {name}")
    seqs: dict[int, int] = {}
    blocks: dict[int, Block] = {}
    position = 0
    for chunk in say_all(messages):
        rows: list[_Row] = []
        full: list[Block] = []
        for said in chunk:
            position += 1
            seq = seqs[said.talk] = seqs.get(said.talk, 0) + 1
            row = _make_row(position, said.talk + 1, seq, _sender_of(said.talk, seq), said.body)
            rows.append(row)
            block = blocks.get(said.talk)
            if block is None or block.is_full:
                if block is not None:
                    full.append(block)
                block = blocks[said.talk] = Block(said.talk + 1, seq)
            block.add(Entry(seq, position, row[6], row[3], "text"), fold_line(said.body))
        _save(connection, index, rows, full)
    with index.transaction():
        index.save_blocks(list(blocks.values()))
        index.write_state(position=(position, f"m{position}"), erasure=(0, ""))
    with connection:
        connection.executemany(
            "UPDATE conversation SET last_seq = ?1, counted = ?1, shown_seq = ?1 WHERE id = ?2",
            ((seq, talk + 1) for talk, seq in seqs.items()),
        )
        for name, columns in _INDEXES.items():
            connection.execute(f"CREATE UNIQUE INDEX {name} ON stored_message ({columns})")


def _save(connection: sqlite3.Connection, index: Index, rows: list[_Row], full: list[Block]) -> None:
    with connection:
        connection.executemany(_INSERT, rows)
    with index.transaction():
        index.save_blocks(full)
