"""Ways in: issue, find, list, revoke. Only a SHA-256 of a secret is stored: 256 random bits need no slow hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, Literal

import msgspec
from peewee import BooleanField

from hongyan_core.actions.uses import MAX_ADDRESS_CHARS, Uses
from hongyan_core.fields import parse_label
from hongyan_core.problems import Problem
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, Credential
from hongyan_core.store.outbox import tell
from hongyan_core.store.people import is_in_use
from hongyan_core.store.sets import Row, read, read_packed

# cookie: a browser that signed in; device: POST /tokens; mqtt: POST /mqtt-token, a child of one of the two.
CredentialKind = Literal["cookie", "device", "mqtt"]
MAX_DEVICE_TOKENS: Final = 100  # of one account
_SECRET: Final = re.compile(r"hy_[A-Za-z0-9_-]{43}")
_KEEP_EXPIRED_MS: Final = 86_400_000  # for a day its owner hears that it expired, not that it never was
uses: Final = Uses()
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial; beyond it the database would not even be asked


class Key(msgspec.Struct, frozen=True, gc=False):
    """What is asked of a credential by who signs in with it; `account` is a name."""

    id: int
    account: str
    kind: CredentialKind
    parent_id: int | None
    expires_at_ms: int | None


def issue_credential(
    account: Account,
    kind: CredentialKind,
    label: str,
    *,
    at_ms: int,
    expires_at_ms: int | None = None,
    parent: Credential | None = None,
    address: str = "",
) -> tuple[Credential, str]:
    """Make a credential; the secret (`hy_` and 43 characters) is nowhere kept and cannot be read again.

    Args:
        address: From where it was asked for, to be shown until it is used.

    Raises:
        Problem: malformed_field, too_many (of kind device), token_invalid (the parent was revoked meanwhile).
    """
    kept_label = parse_label(label)
    secret = f"hy_{secrets.token_urlsafe(32)}"
    with write_transaction():
        _forget_expired(account, at_ms)
        if kind == "device":
            _refuse_too_many(account)
        if parent is not None and Credential.get_or_none(Credential.id == parent.id) is None:
            raise Problem("token_invalid")
        credential = Credential.create(
            account=account,
            kind=kind,
            label=kept_label,
            secret_hash=_hash(secret),
            parent=parent,
            created_at_ms=at_ms,
            expires_at_ms=expires_at_ms,
            address=address[:MAX_ADDRESS_CHARS],
        )
    return credential, secret


def _forget_expired(account: Account, at_ms: int) -> None:
    long_expired = Credential.expires_at_ms < at_ms - _KEEP_EXPIRED_MS
    Credential.delete().where((Credential.account == account) & long_expired).execute()


def _refuse_too_many(account: Account) -> None:
    count = Credential.select().where((Credential.account == account) & (Credential.kind == "device")).count()
    if count >= MAX_DEVICE_TOKENS:
        raise Problem("too_many", limit=MAX_DEVICE_TOKENS)


def find_credential(secret: str, *, at_ms: int, address: str = "") -> Credential:
    """The credential of this secret, its account loaded with it; its use is noted, and from where.

    Raises:
        Problem: token_invalid (unknown, revoked, or of an account that is not in use), token_expired.
    """
    if _SECRET.fullmatch(secret) is None:
        raise Problem("token_invalid")
    credential = _load_by_hash(_hash(secret))
    if credential is None or not is_in_use(credential.account):
        raise Problem("token_invalid")
    if credential.expires_at_ms is not None and credential.expires_at_ms <= at_ms:
        raise Problem("token_expired")
    if credential.kind != "mqtt":  # nobody is shown when a short-lived token was used
        credential.last_used_at_ms = uses.note(credential.id, credential.last_used_at_ms, at_ms, address)
    return credential


def find_keys(wanted: Sequence[str], *, at_ms: int, addresses: Sequence[str] = ()) -> list[Key | None]:
    """As `find_credential`, for many secrets by one statement and without models; None where that raises.

    Args:
        addresses: From where each of them comes, where that is known.
    """
    hashes = [_hash(secret) if _SECRET.fullmatch(secret) else "" for secret in wanted]
    known = addresses or [""] * len(hashes)
    found = _load_keys({hash_: address for hash_, address in zip(hashes, known, strict=True) if hash_}, at_ms)
    return [found.get(hash_) for hash_ in hashes]


def _load_keys(hashes: dict[str, str], at_ms: int) -> dict[str, Key]:
    rows = read_packed(
        "hash text",
        [(hash_,) for hash_ in hashes],
        "c.secret_hash, c.last_used_at_ms, c.id, a.name, c.kind, c.parent_id, c.expires_at_ms",
        """FROM wanted CROSS JOIN credential c JOIN account a ON a.id = c.account_id
        WHERE c.secret_hash = wanted.hash AND a.disabled_at_ms IS NULL AND a.deleted_at_ms IS NULL
        AND (c.expires_at_ms IS NULL OR c.expires_at_ms > ?)""",
        at_ms,
    )
    keys = {}
    for hash_, last_used_at_ms, *fields in rows:
        key = keys[hash_] = Key(*fields)
        if key.kind != "mqtt":
            uses.note(key.id, last_used_at_ms, at_ms, hashes[hash_])
    return keys


@cache
def _by_hash() -> str:
    columns = ", ".join(
        f"{alias}.{field.column_name}"
        for alias, model in (("c", Credential), ("a", Account))
        for field in model._meta.sorted_fields
    )
    return f"SELECT {columns} FROM credential c JOIN account a ON a.id = c.account_id WHERE c.secret_hash = ?"  # noqa: S608  # our own names


def _load_by_hash(secret_hash: str) -> Credential | None:
    """By plain SQL: every request and every CONNECT comes here, and peewee builds a query for 1 ms."""
    rows = read(_by_hash(), secret_hash)
    if not rows:
        return None
    split = len(Credential._meta.sorted_fields)
    credential: Credential = _make(Credential, rows[0][:split])
    credential.account = _make(Account, rows[0][split:])
    return credential


def _make(model: Any, row: Row) -> Any:
    made = model(**dict(zip(model._meta.sorted_field_names, row, strict=True)))
    for name in _find_booleans(model):  # SQLite has numbers for them
        made.__data__[name] = bool(made.__data__[name])
    made._dirty.clear()
    return made


@cache
def _find_booleans(model: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in model._meta.sorted_fields if isinstance(field, BooleanField))


def list_credentials(account: Account, kind: CredentialKind | None = None) -> list[Credential]:
    """The account's credentials, of one kind or all, oldest first."""
    uses.write()
    query = Credential.select().where(Credential.account == account)
    return list((query if kind is None else query.where(Credential.kind == kind)).order_by(Credential.id))


def revoke_credential(account: Account, credential_id: int, *, at_ms: int) -> None:
    """Delete a credential and its children; their live MQTT connections end, and the MQTT secret changes.

    Raises:
        Problem: unknown_token, for somebody else's too.
    """
    with write_transaction():
        ids = _with_children(account, credential_id) if 0 < credential_id <= _MAX_ID else []
        if not ids:
            raise Problem("unknown_token")
        _delete(account, ids)
        tell("revoked", {"account": account.name, "credentials": ids})


def _with_children(account: Account, credential_id: int) -> list[int]:
    family = (Credential.id == credential_id) | (Credential.parent == credential_id)
    query = Credential.select(Credential.id).where((Credential.account == account) & family).order_by(Credential.id)
    ids = [credential.id for credential in query]
    return ids if credential_id in ids else []


def end_credentials(account: Account, *, keep: Credential | None) -> None:
    """Delete all but `keep` and its children; only inside a `write_transaction()`."""
    query = Credential.select(Credential.id).where(Credential.account == account)
    if keep is not None:
        query = query.where((Credential.id != keep.id) & (Credential.parent.is_null() | (Credential.parent != keep.id)))
    ids = [credential.id for credential in query.order_by(Credential.id)]
    _delete(account, ids)
    tell("revoked", {"account": account.name, "credentials": None if keep is None else ids})


def _delete(account: Account, ids: list[int]) -> None:
    Credential.delete().where(Credential.id.in_(ids)).execute()
    Account.update(mqtt_generation=Account.mqtt_generation + 1).where(Account.id == account.id).execute()
    account.mqtt_generation = Account.get_by_id(account.id).mqtt_generation
    tell("account", {"account": account.name})


def mqtt_secret(account: Account, server_key: bytes) -> str:
    """The account's password on a broker that keeps one per account; another one after each revocation."""
    words = f"mqtt:{account.name}:{account.mqtt_generation}".encode()
    return base64.urlsafe_b64encode(hmac.digest(server_key, words, "sha256")).rstrip(b"=").decode()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
