"""Accounts, friendships and tokens written straight into a database: measuring begins where sign-up ends."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Final

from bench.clients import Who
from hongyan_core.passwords import hash_password
from hongyan_core.secrets import load_secret_key
from hongyan_core.store.database import open_database, write_transaction
from hongyan_core.store.models import Account, ChatGroup, Conversation, Credential, Friendship, Membership, proxy

PASSWORD: Final = "a long enough password"
GROUP: Final = "lab"
PEOPLE: Final = 5_000
PAIRS: Final = 50
MEMBERS: Final = 100
CROWD: Final = 10_000  # accounts beyond PEOPLE, with FRIENDS friends each among themselves
FRIENDS: Final = 200
_RAM_DISKS: Final = frozenset({"tmpfs", "ramfs", "devtmpfs"})
_RAM_DEVICES: Final = ("/dev/ram", "/dev/zram")


class RamDisk(Exception):
    """The folder is no disk, so "stored" would mean nothing."""


def name_of(index: int) -> str:
    """Account number `index`; neighbours (0 and 1, 2 and 3, ...) are friends."""
    return f"p{index:04d}"


def token_of(index: int) -> str:
    """The device token of an account: as long as a real one, and the same in each run."""
    return "hy_" + f"bench{index:06d}".ljust(43, "x")


def who(index: int, *branches: str, qos: int = 1) -> Who:
    """An account's device that subscribes branches of its tree."""
    name = name_of(index)
    return Who(f"{name}-bench", name, token_of(index), tuple(f"im/{name}/{branch}/#" for branch in branches), qos)


def make_template(folder: Path, people: int = PEOPLE, crowd: int = 0) -> Path:
    """A data folder with everybody in it; copied for each run, so that no run finds the messages of another.

    Args:
        crowd: So many accounts more, from number `people` on, who are friends of each other.
    """
    load_secret_key(folder)
    database = open_database(f"sqlite:///{folder / 'hongyan.sqlite3'}")
    password_hash = hash_password(PASSWORD)  # one hash for all: 17 ms each would be minutes
    with write_transaction():
        for start in range(0, people + crowd, 500):
            _insert_people(range(start, min(people + crowd, start + 500)), password_hash)
        ids = {str(account.name): account.id for account in Account.select(Account.id, Account.name)}
        _befriend(ids)
        _make_group(ids)
        if crowd:
            _befriend_crowd(ids[name_of(people)], crowd)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return folder


def _insert_people(indexes: range, password_hash: str) -> None:
    names = [name_of(index) for index in indexes]
    Account.insert_many(
        [{"name": n, "display_name": n, "password_hash": password_hash, "created_at_ms": 1} for n in names]
    ).execute()
    ids = {str(each.name): each.id for each in Account.select(Account.id, Account.name).where(Account.name.in_(names))}
    Credential.insert_many(
        [
            {
                "account": ids[name_of(index)],
                "kind": "device",
                "label": "bench",
                "secret_hash": hashlib.sha256(token_of(index).encode()).hexdigest(),
                "created_at_ms": 1,
            }
            for index in indexes
        ]
    ).execute()


def _befriend(ids: dict[str, int]) -> None:
    rows = []
    for left in range(0, min(2 * PAIRS, len(ids) - 1), 2):
        one, other = ids[name_of(left)], ids[name_of(left + 1)]
        rows += [(one, other, 1), (other, one, 1)]
    Friendship.insert_many(rows, [Friendship.account, Friendship.friend, Friendship.since_ms]).execute()


def _befriend_crowd(first: int, count: int) -> None:
    """Each of `count` accounts, by ids without a gap, with the FRIENDS / 2 before and after it, in a ring."""
    proxy.obj.execute_sql(
        """WITH RECURSIVE step(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM step WHERE n < ?),
            crowd(id) AS (SELECT id FROM account WHERE id >= ? AND id < ?),
            pair(one, other) AS (
                SELECT crowd.id, ? + (crowd.id - ? + step.n) % ? FROM crowd CROSS JOIN step)
        INSERT OR IGNORE INTO friendship (account_id, friend_id, since_ms)
        SELECT one, other, 1 FROM pair WHERE one <> other
        UNION ALL SELECT other, one, 1 FROM pair WHERE one <> other""",
        (min(FRIENDS // 2, count - 1), first, first + count, first, first, count),
    )


def _make_group(ids: dict[str, int]) -> None:
    owner = ids[name_of(0)]
    conversation = Conversation.create(key=f"group:{GROUP}", kind="group")
    group = ChatGroup.create(name=GROUP, title="The lab", owner=owner, conversation=conversation, created_at_ms=1)
    members = [ids[name_of(index)] for index in range(min(MEMBERS, len(ids)))]
    Membership.insert_many(
        [
            {
                "group": group,
                "account": member,
                "role": "owner" if member == owner else "member",
                "since_seq": 0,
                "joined_at_ms": 1,
            }
            for member in members
        ]
    ).execute()


def refuse_ram_disk(folder: Path) -> None:
    """Chat rows measure what is on disk when it is acknowledged.

    Raises:
        RamDisk: The folder lies in memory.
    """
    kind = find_ram_disk(str(folder.resolve()), Path("/proc/mounts").read_text())
    if kind:
        raise RamDisk(f"{folder} is a {kind}: give a folder on a disk with --work")


def find_ram_disk(folder: str, mounts: str) -> str:
    """What kind of memory the folder (absolute, without links) lies in by the lines of /proc/mounts; empty: none."""
    device, kind, depth = "", "", 0
    for line in mounts.splitlines():
        source, escaped, file_system = line.split()[:3]
        point = escaped.replace("\\040", " ").rstrip("/")
        # A later mount on the same point covers the earlier one.
        if len(point) >= depth and (folder + "/").startswith(point + "/"):
            device, kind, depth = source, file_system, len(point)
    if kind in _RAM_DISKS:
        return kind
    return device if device.startswith(_RAM_DEVICES) else ""


def measure_fdatasync(folder: Path, times: int = 200) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds, of 4 KiB written and synchronised."""
    took = []
    path = folder / "fdatasync"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    try:
        for _ in range(times):
            began = time.perf_counter()
            os.write(descriptor, b"x" * 4_096)
            os.fdatasync(descriptor)
            took.append((time.perf_counter() - began) * 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.99)]
