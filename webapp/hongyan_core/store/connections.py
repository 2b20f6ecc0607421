"""Live MQTT connections, as the embedded broker sees them come and go. Beside another broker there are none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import MqttConnection
from hongyan_core.store.sets import write_wanted

_PAGE: Final = 500  # rows of one transaction
_MAX_ADDRESS_CHARS: Final = 45  # of the column


class Attendance(msgspec.Struct, frozen=True, gc=False):
    """A client that has come (`here`) or gone; `credential_id` is of the device that signed in, not of its child."""

    account: str
    client_id: str
    here: bool
    credential_id: int = 0
    address: str = ""
    at_ms: int = 0


def note_connections(changes: Sequence[Attendance]) -> None:
    """Write who has come and who has gone; of one account and client identifier at most once."""
    for start in range(0, len(changes), _PAGE):
        page = changes[start : start + _PAGE]
        with write_transaction():
            _delete([(c.account, c.client_id) for c in page if not c.here])
            _insert(
                [
                    (c.account, c.client_id, c.credential_id, c.address[:_MAX_ADDRESS_CHARS], c.at_ms)
                    for c in page
                    if c.here
                ]
            )


def _delete(gone: list[tuple[str, str]]) -> None:
    write_wanted(
        "account text, client_id text",
        gone,
        """DELETE FROM mqtt_connection WHERE (account_id, client_id) IN (
            SELECT a.id, wanted.client_id FROM wanted CROSS JOIN account a WHERE a.name = wanted.account)""",
    )


def _insert(come: list[tuple[str, str, int, str, int]]) -> None:
    write_wanted(
        "account text, client_id text, credential_id bigint, address text, at_ms bigint",
        come,
        """INSERT INTO mqtt_connection (account_id, client_id, credential_id, address, connected_at_ms)
        SELECT a.id, wanted.client_id, wanted.credential_id, wanted.address, wanted.at_ms
        FROM wanted CROSS JOIN account a WHERE a.name = wanted.account
        ON CONFLICT (account_id, client_id) DO UPDATE SET credential_id = excluded.credential_id,
        address = excluded.address, connected_at_ms = excluded.connected_at_ms""",
    )


def forget_connections() -> None:
    """An exchange starts or ends: nobody is connected through it."""
    with write_transaction():
        MqttConnection.delete().execute()
