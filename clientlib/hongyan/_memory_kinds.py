"""What `hongyan.testing.MemoryServer` makes of the kinds: fields that the server adds, and marks.

A small copy of the exchange's rules: times, numbers and rights in groups it leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hongyan.contents import FileObject
from hongyan.errors import Code
from hongyan.kinds import GONE_KIND, MARK_KINDS

Envelope = dict[str, Any]
_STAMP: Final = ("id", "from", "to", "seq", "at")
_WORDY: Final = frozenset({"text", "image", "voice", "video", "file", "data"})


class Refused(Exception):
    """The exchange would refuse it."""

    def __init__(self, code: Code) -> None:
        super().__init__(code.value)
        self.code = code


def resolve_files(fields: Envelope, files: Mapping[str, FileObject]) -> None:
    """Put what is known of files in the place of their ids."""
    if "files" in fields:
        fields["files"] = [_describe(file_id, files) for file_id in fields["files"]]
    if "poster" in fields:
        fields["poster"] = _describe(fields["poster"], files)


def resolve_forward(fields: Envelope, source: list[Envelope]) -> None:
    """Add what the forwarded messages say; `source` is all that their sender may see."""
    known = {entry["seq"]: entry for entry in source if entry["kind"] not in MARK_KINDS | {GONE_KIND}}
    if any(seq not in known for seq in fields["seqs"]):
        raise Refused(Code.UNKNOWN_MESSAGE)
    hidden = ("id", "to", "seq", "source", "seqs")
    fields["items"] = [{n: v for n, v in known[seq].items() if n not in hidden} for seq in fields["seqs"]]


def check_mark(kind: str, sender: str, target: Envelope | None) -> None:
    """Whether `sender` may mark this message so."""
    if target is None or target["kind"] in MARK_KINDS | {GONE_KIND}:
        raise Refused(Code.UNKNOWN_MESSAGE)
    if kind in ("vote", "close") and target["kind"] != "poll":
        raise Refused(Code.UNKNOWN_MESSAGE)
    if kind in ("edit", "recall", "close") and target["from"] != sender:
        raise Refused(Code.NOT_YOURS)
    if kind == "edit" and target["kind"] not in _WORDY:
        raise Refused(Code.NOT_EDITABLE)
    if kind == "vote" and "closed" in target:
        raise Refused(Code.TOO_LATE)


def apply_mark(mark: Envelope, target: Envelope) -> Envelope:
    """The marked message as the history has it from now on."""
    match mark["kind"]:
        case "edit":
            return {**target, "body": mark["body"], "edited": mark["at"]}
        case "recall":
            return {"kind": GONE_KIND, "by": mark["from"]} | {name: target[name] for name in _STAMP}
        case "close":
            return {**target, "closed": mark["at"]}
        case _:
            return target


def _describe(file_id: str, files: Mapping[str, FileObject]) -> Envelope:
    if file_id not in files:
        raise Refused(Code.UNKNOWN_FILE)
    file = files[file_id]
    size = {} if file.width is None else {"width": file.width, "height": file.height}
    whole = {"id": file.id, "name": file.name, "type": file.type, "size": file.size}
    return {**whole, **size, "thumb": file.thumb}
