"""Bring an archive of another messenger into a conversation: begin, look how far it is, and end it."""

from __future__ import annotations

from typing import Final

from hongyan.names import is_name
from hongyan.topics import ConversationKey, ConversationKind
from hongyan_core import rules
from hongyan_core.problems import Problem, ProblemCode
from hongyan_core.store.database import write_transaction
from hongyan_core.store.groups import find_group, load_standing
from hongyan_core.store.models import Account, ImportJob, StoredFile
from hongyan_core.store.people import find_account, load_pair

MAX_IMPORTS: Final = 3  # of one account that are not over
MAX_ARCHIVE_BYTES: Final = 209_715_200
UNFINISHED: Final = ("waiting", "running")


def begin_import(account: Account, key: ConversationKey, file_id: str, source: str, *, at_ms: int) -> ImportJob:
    """Have an uploaded archive read; its messages come by and by, sent as the account's.

    Args:
        source: One of `hongyan_core.imports.sources.SOURCES`.

    Raises:
        Problem: unknown_conversation, not_friends, blocked, you_blocked, not_owner, unknown_file (field file),
            archive_too_large, too_many.
    """
    with write_transaction():
        refusal = decide_import(account, key)
        if refusal is not None:
            raise Problem(refusal)
        file = StoredFile.get_or_none((StoredFile.id == file_id) & (StoredFile.account == account))
        if file is None:
            raise Problem("unknown_file", "file")
        if file.size > MAX_ARCHIVE_BYTES:
            raise Problem("archive_too_large", "file")
        mine = (ImportJob.account == account) & ImportJob.state.in_(UNFINISHED)
        if ImportJob.select().where(mine).count() >= MAX_IMPORTS:
            raise Problem("too_many", limit=MAX_IMPORTS)
        job: ImportJob = ImportJob.create(
            account=account, key=str(key), source=source, file_id=file_id, created_at_ms=at_ms
        )
    return job


def decide_import(account: Account, key: ConversationKey) -> ProblemCode | None:
    """Whether the account may bring an archive into the conversation; it is asked again before every step."""
    if not is_name(key.name):
        return "unknown_conversation"
    if key.kind is ConversationKind.USER:
        return rules.IMPORT_WITH_USER.decide(load_pair(account, find_account(key.name)))
    group = find_group(key.name)
    return "unknown_conversation" if group is None else rules.IMPORT_IN_GROUP.decide(load_standing(account, group))


def list_imports(account: Account) -> list[ImportJob]:
    """The account's imports, the newest first."""
    return list(ImportJob.select().where(ImportJob.account == account).order_by(ImportJob.id.desc()))


def end_import(account: Account, import_id: int) -> None:
    """Take an import off the list; one that is not over ends. What it has brought stays.

    Raises:
        Problem: unknown_import.
    """
    with write_transaction():
        mine = (ImportJob.id == import_id) & (ImportJob.account == account)
        if not ImportJob.delete().where(mine).execute():
            raise Problem("unknown_import")
