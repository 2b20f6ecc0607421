"""Where an account is signed in: its browsers and tokens with their live connections, and stored sessions in wait."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hongyan_core.store.models import Account, Credential
from hongyan_core.store.sets import read

_KINDS: Final = {"cookie": "browser", "device": "token"}


@dataclass(frozen=True, slots=True)
class LiveConnection:
    """An MQTT client that is connected now, to the embedded broker."""

    client_id: str
    address: str
    connected_at_ms: int


@dataclass(frozen=True, slots=True)
class Device:
    """A browser or a token; `address` is of its last use, empty where nobody has noted it."""

    id: int
    kind: str  # browser | token
    label: str
    address: str
    created_at_ms: int
    last_used_at_ms: int | None
    current: bool  # the one that asks
    connections: tuple[LiveConnection, ...]


@dataclass(frozen=True, slots=True)
class WaitingSession:
    """A stored MQTT session that nobody is connected with."""

    client_id: str
    last_seen_ms: int


def list_devices(
    account: Account, credentials: Iterable[Credential], current: Credential, *, at_ms: int
) -> list[Device]:
    """The account's credentials as devices, in their order; of what has expired only what is still connected."""
    connections = _read_connections(account)
    return [
        _make_device(credential, current, connections.get(credential.id, ()))
        for credential in credentials
        if credential.kind in _KINDS and (not _is_expired(credential, at_ms) or credential.id in connections)
    ]


def _is_expired(credential: Credential, at_ms: int) -> bool:
    return credential.expires_at_ms is not None and credential.expires_at_ms <= at_ms


def _make_device(credential: Credential, current: Credential, connections: tuple[LiveConnection, ...]) -> Device:
    return Device(
        credential.id,
        _KINDS[credential.kind],
        credential.label,
        credential.address,
        credential.created_at_ms,
        credential.last_used_at_ms,
        credential.id == current.id,
        connections,
    )


def _read_connections(account: Account) -> dict[int, tuple[LiveConnection, ...]]:
    """By credential."""
    rows = read(
        """SELECT credential_id, client_id, address, connected_at_ms FROM mqtt_connection
        WHERE account_id = ? ORDER BY client_id""",
        account.id,
    )
    found: dict[int, tuple[LiveConnection, ...]] = {}
    for credential_id, *fields in rows:
        found[credential_id] = (*found.get(credential_id, ()), LiveConnection(*fields))
    return found


def list_waiting_sessions(account: Account) -> list[WaitingSession]:
    """The stored sessions that nobody is connected with, by client identifier."""
    rows = read(
        """SELECT s.client_id, s.last_seen_ms FROM mqtt_session s WHERE s.account_id = ? AND NOT EXISTS (
            SELECT 1 FROM mqtt_connection c WHERE c.account_id = s.account_id AND c.client_id = s.client_id)
        ORDER BY s.client_id""",
        account.id,
    )
    return [WaitingSession(*row) for row in rows]
