"""Sign devices out: cookie, token and live MQTT connections end at once."""

from __future__ import annotations

from hongyan_core.actions.credentials import end_credentials, revoke_credential
from hongyan_core.problems import Problem
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, Credential, MqttConnection, MqttSession
from hongyan_core.store.outbox import tell


def sign_out_device(account: Account, device_id: int, *, at_ms: int) -> None:
    """End one browser or token.

    Raises:
        Problem: unknown_device, for somebody else's too.
    """
    try:
        revoke_credential(account, device_id, at_ms=at_ms)
    except Problem:
        raise Problem("unknown_device") from None


def sign_out_others(account: Account, *, keep: Credential) -> None:
    """End every browser and token but one, and what belongs to it."""
    with write_transaction():
        end_credentials(account, keep=keep)


def end_session(account: Account, client_id: str, *, at_ms: int) -> None:
    """Forget a stored MQTT session; who is connected with it, or with one that is not stored, is cut off.

    Raises:
        Problem: unknown_session.
    """
    if "\0" in client_id or any("\ud800" <= character <= "\udfff" for character in client_id):
        raise Problem("unknown_session")  # PostgreSQL cannot even be asked
    with write_transaction():
        stored = MqttSession.delete().where((MqttSession.account == account) & (MqttSession.client_id == client_id))
        live = MqttConnection.select().where(
            (MqttConnection.account == account) & (MqttConnection.client_id == client_id)
        )
        if not stored.execute() and not live.exists():
            raise Problem("unknown_session")
        tell("session", {"account": account.name, "client_id": client_id, "at_ms": at_ms})
