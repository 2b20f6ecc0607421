"""What the exchange adds to content before it is stamped: a table kind → function. Facts in, fields out.

Whatever a draft names that its sender may not use is `Unfit`. Also: docs/messages.md, "Kinds".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from hongyan.errors import Code
from hongyan.kinds import EVERYBODY
from hongyan.topics import parse_conversation_key
from hongyan_core import rules
from hongyan_core.store.facts import KnownAccount
from hongyan_core.store.keys import store_key
from hongyan_core.subjects import Ask, Entry, Subjects, Unfit

EVERYBODY_ID: Final = 0  # Mention.account_id of no account
YEAR_MS: Final = 366 * 86_400_000
# A stamped envelope with what was forwarded stays below the packets that clients take.
MAX_FORWARDED_BYTES: Final = 196_608
MAX_FORWARDED_LEVELS: Final = 8  # forwards inside forwards
Accounts = Mapping[str, KnownAccount | None]
Fields = dict[str, Any]
_encode: Final = msgspec.json.Encoder().encode
# What a message says of its place in its own conversation; all else is what it says.
_NOT_FORWARDED: Final = frozenset(
    "id to seq edited reply thread mentions disappear_s ext source seqs closed closes preview".split()
)


@dataclass(frozen=True, slots=True)
class Content:
    """What will be stamped, and what hangs on it."""

    fields: Fields
    mentions: frozenset[int] = frozenset()  # account ids; EVERYBODY_ID
    files: tuple[str, ...] = ()
    thread: int | None = None


def resolve(ask: Ask, subjects: Subjects, accounts: Accounts) -> Content:
    """Look at everything that a draft of content names.

    Raises:
        Unfit: It names what is not there, or not for its sender.
    """
    _check_closing(ask)
    _check_thread(ask, subjects)
    mentions = find_mentions(ask, _find_origin(ask, subjects), accounts)
    kind = ask.request.draft.kind
    added = _RESOLVERS[kind](ask, subjects) if kind in _RESOLVERS else {}
    fields = {name: value for name, value in ask.fields.items() if name not in ("deliver_at", "repeat")} | added
    return Content(fields, mentions, tuple(find_files(fields)), ask.fields.get("thread"))


# --- what all content may have


def _find_origin(ask: Ask, subjects: Subjects) -> Entry | None:
    """The message that this one answers."""
    seq = ask.fields.get("reply")
    return None if seq is None else find_subject(ask, subjects, seq, "reply")


def find_subject(ask: Ask, subjects: Subjects, seq: int, field: str) -> Entry:
    """The message of this conversation that a draft names in `field`.

    Raises:
        Unfit: unknown_message.
    """
    entry = subjects.find(ask.me.id, ask.request.key, seq)
    if entry is None:
        raise Unfit(Code.UNKNOWN_MESSAGE, field)
    return entry


def _check_thread(ask: Ask, subjects: Subjects) -> None:
    """Threads are a group's, and one level deep."""
    root = ask.fields.get("thread")
    if root is None:
        return
    if ask.lane.group is None or "thread" in find_subject(ask, subjects, root, "thread").read():
        raise Unfit(Code.UNKNOWN_MESSAGE, "thread")


def find_mentions(ask: Ask, origin: Entry | None, accounts: Accounts) -> frozenset[int]:
    """The ids of those whom a message names, and whom it answers: members of today, without its sender.

    Raises:
        Unfit: Everybody is named by somebody who may not.
    """
    names = ask.fields.get("mentions", ())
    if EVERYBODY in names and ask.lane.seat is not None:
        refusal = rules.MENTION_EVERYBODY.decide(ask.lane.seat)
        if refusal is not None:
            raise Unfit(refusal, "mentions")
    found = {accounts.get(name) for name in names if _is_here(ask, name)}
    ids = {account.id for account in found if account is not None}
    if EVERYBODY in names and ask.lane.seat is not None:
        ids.add(EVERYBODY_ID)
    if origin is not None and _is_here(ask, origin.sender):
        ids.add(origin.sender_id)
    return frozenset(ids - {ask.me.id})


def _is_here(ask: Ask, name: str) -> bool:
    group = ask.lane.group
    return name in group.members if group is not None else name in ask.lane.others


def _check_closing(ask: Ask) -> None:
    """A poll closes after it has been sent."""
    closes = ask.fields.get("closes")
    from_ms = ask.fields.get("deliver_at", ask.at_ms)
    if closes is not None and not from_ms < closes <= from_ms + YEAR_MS:
        raise Unfit(Code.PAST_TIME, "closes")


# --- kind by kind


def _add_files(ask: Ask, subjects: Subjects) -> Fields:
    """The sender's own files, each of the types that the kind shows."""
    kind = ask.request.draft.kind
    return {"files": [_find_file(ask, subjects, file_id, _TYPES[kind]) for file_id in ask.fields["files"]]}


def _add_film(ask: Ask, subjects: Subjects) -> Fields:
    added = _add_files(ask, subjects)
    poster = ask.fields.get("poster")
    return added if poster is None else added | {"poster": _find_file(ask, subjects, poster, ("image/",), "poster")}


# Recorders of browsers write sound into films, too.
_SOUNDS: Final = ("audio/", "video/", "application/ogg")
_TYPES: Final[dict[str, tuple[str, ...]]] = {
    "image": ("image/",),
    "voice": _SOUNDS,
    "video": ("video/",),
    "file": ("",),
}


def _find_file(ask: Ask, subjects: Subjects, file_id: str, types: tuple[str, ...], field: str = "files") -> Fields:
    file = subjects.files.get((ask.me.id, file_id))
    if file is None or not file["type"].startswith(types):
        raise Unfit(Code.UNKNOWN_FILE, field)
    return file


def _add_sticker(ask: Ask, subjects: Subjects) -> Fields:
    sticker = subjects.stickers.get((ask.fields["pack"], ask.fields["name"]))
    if sticker is None:
        raise Unfit(Code.UNKNOWN_STICKER, "name")
    return {"file": sticker.file, "emoji": sticker.emoji}


def _add_contact(ask: Ask, subjects: Subjects) -> Fields:
    contact = subjects.contacts.get((ask.me.id, ask.fields["who"]))
    if contact is None:
        raise Unfit(Code.UNKNOWN_ACCOUNT, "who")
    refusal = rules.SEND_CARD_OF.decide(contact.pair)
    if refusal is not None:
        raise Unfit(refusal, "who")
    return {"display_name": contact.display_name}


def _add_forwarded(ask: Ask, subjects: Subjects) -> Fields:
    """What the messages say, as the sender sees them now, in the order of the draft."""
    source = store_key(ask.me.name, parse_conversation_key(ask.fields["source"]))
    found = [subjects.find(ask.me.id, source, seq) for seq in ask.fields["seqs"]]
    if sum(len(entry.payload) for entry in found if entry is not None) > MAX_FORWARDED_BYTES:
        raise Unfit(Code.TOO_LARGE, "seqs")
    items = [_make_item(entry) for entry in found]
    if len(_encode(items)) > MAX_FORWARDED_BYTES or _count_levels(items) > MAX_FORWARDED_LEVELS:
        raise Unfit(Code.TOO_LARGE, "seqs")
    return {"items": items}


def _make_item(entry: Entry | None) -> Fields:
    if entry is None:
        raise Unfit(Code.UNKNOWN_MESSAGE, "seqs")
    return {name: value for name, value in entry.read().items() if name not in _NOT_FORWARDED}


def _count_levels(items: list[Fields]) -> int:
    return 1 + max((_count_levels(item["items"]) for item in items if "items" in item), default=0)


_RESOLVERS: Final[dict[str, Callable[[Ask, Subjects], Fields]]] = {
    "image": _add_files,
    "voice": _add_files,
    "video": _add_film,
    "file": _add_files,
    "sticker": _add_sticker,
    "contact": _add_contact,
    "forward": _add_forwarded,
}


def find_named_files(fields: Fields) -> Iterator[str]:
    """The ids of the files that a draft names."""
    yield from fields.get("files", ())
    if "poster" in fields:
        yield fields["poster"]


def find_files(fields: Fields) -> Iterator[str]:
    """The ids of the files in a stamped envelope, those of forwarded messages too, each once."""
    return iter(dict.fromkeys(_walk_files(fields)))


def _walk_files(fields: Fields) -> Iterator[str]:
    single = [fields[name] for name in ("poster", "file") if name in fields]
    for file in (*fields.get("files", ()), *single):
        yield file["id"]
    for item in fields.get("items", ()):
        yield from _walk_files(item)
