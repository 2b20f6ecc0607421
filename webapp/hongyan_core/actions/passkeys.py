"""Passkeys (WebAuthn): a key that the person's device keeps, and unlocks only for the person: both factors at once.

A challenge is made by `webauthn` and kept by the caller, for five minutes and one use.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import webauthn
from webauthn.helpers import bytes_to_base64url
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from hongyan_core.actions.attempts import Attempt, counted
from hongyan_core.actions.sign_in import admit
from hongyan_core.actions.ways_in import refuse_last
from hongyan_core.fields import parse_label
from hongyan_core.problems import Problem
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account, Passkey
from hongyan_core.store.people import is_in_use

MAX_PASSKEYS: Final = 20  # of one account
CHALLENGE_MS: Final = 300_000
_SITE: Final = "Hongyan 鸿雁"
_MAX_ID: Final = 2**31 - 1  # of PostgreSQL's serial
_MAX_CREDENTIAL_ID_CHARS: Final = 1_364  # base64url of 1,023 bytes, the most that WebAuthn allows


@dataclass(frozen=True, slots=True)
class Site:
    """Where a passkey is good: the origin as the browser says it, and its host."""

    origin: str
    host: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What the browser is asked (the JSON form of the standard), and the challenge in it."""

    options: dict[str, Any]
    challenge: bytes


def offer_registration(account: Account, site: Site, *, server_key: bytes) -> Offer:
    """Ask the browser to make a passkey that is found without a name, and not a second one on the same device."""
    made = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=_SITE,
        user_id=_handle(account, server_key),
        user_name=account.name,
        user_display_name=account.display_name,
        timeout=CHALLENGE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(passkey.credential_id))
            for passkey in list_passkeys(account)
        ],
    )
    return Offer(options_to_json_dict(made), made.challenge)


def offer_sign_in(site: Site) -> Offer:
    """Ask the browser for any passkey of this site."""
    made = webauthn.generate_authentication_options(
        rp_id=site.host, timeout=CHALLENGE_MS, user_verification=UserVerificationRequirement.REQUIRED
    )
    return Offer(options_to_json_dict(made), made.challenge)


def register_passkey(
    account: Account, label: str, credential: dict[str, Any], challenge: bytes, site: Site, *, at_ms: int
) -> Passkey:
    """Keep the public half of a new passkey.

    Raises:
        Problem: malformed_field, passkey_invalid, too_many.
    """
    kept_label = parse_label(label)
    try:
        proven = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except Exception:  # whatever the parsers of CBOR, keys and certificates make of a stranger's bytes
        raise Problem("passkey_invalid") from None
    credential_id = bytes_to_base64url(proven.credential_id)
    with write_transaction():
        if len(list_passkeys(account)) >= MAX_PASSKEYS:
            raise Problem("too_many", limit=MAX_PASSKEYS)
        if len(credential_id) > _MAX_CREDENTIAL_ID_CHARS or _find_passkey(credential_id) is not None:
            raise Problem("passkey_invalid")
        passkey: Passkey = Passkey.create(
            account=account,
            credential_id=credential_id,
            public_key=proven.credential_public_key,
            sign_count=proven.sign_count,
            label=kept_label,
            created_at_ms=at_ms,
        )
    return passkey


def sign_in_by_passkey(credential: dict[str, Any], challenge: bytes, site: Site, attempt: Attempt) -> Account:
    """The account whose passkey has signed the challenge.

    Raises:
        Problem: passkey_invalid, for a disabled account too; email_unconfirmed; rate_limited.
    """
    with counted(attempt, None):
        passkey = _find_passkey(credential.get("id"))
        if passkey is None or not is_in_use(passkey.account):
            raise Problem("passkey_invalid")
        sign_count = _verify(passkey, credential, challenge, site, attempt.server_key)
        admit(passkey.account)
        _note_use(passkey, sign_count, attempt.at_ms)
    return passkey.account


def _verify(passkey: Passkey, credential: dict[str, Any], challenge: bytes, site: Site, server_key: bytes) -> int:
    """The new count of signatures."""
    try:
        parsed = webauthn.helpers.parse_authentication_credential_json(credential)
        proven = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception:  # as above
        raise Problem("passkey_invalid") from None
    handle = parsed.response.user_handle
    if handle is not None and not hmac.compare_digest(handle, _handle(passkey.account, server_key)):
        raise Problem("passkey_invalid")
    return proven.new_sign_count


def _note_use(passkey: Passkey, sign_count: int, at_ms: int) -> None:
    """The count only grows (0: an authenticator that does not count); who comes second with the same one is a copy."""
    unchanged = (Passkey.id == passkey.id) & (Passkey.sign_count == passkey.sign_count)
    with write_transaction():
        if not Passkey.update(sign_count=sign_count, last_used_at_ms=at_ms).where(unchanged).execute():
            raise Problem("passkey_invalid")


def list_passkeys(account: Account) -> Sequence[Passkey]:
    """The account's passkeys, oldest first."""
    return list(Passkey.select().where(Passkey.account == account).order_by(Passkey.id))


def delete_passkey(account: Account, passkey_id: int) -> None:
    """Forget a passkey; the device may still offer it, in vain.

    Raises:
        Problem: unknown_passkey, last_way_in.
    """
    mine = (Passkey.account == account) & (Passkey.id == passkey_id)
    with write_transaction():
        if passkey_id > _MAX_ID or Passkey.get_or_none(mine) is None:
            raise Problem("unknown_passkey")
        refuse_last(account)
        Passkey.delete().where(mine).execute()


def _find_passkey(credential_id: object) -> Passkey | None:
    if not isinstance(credential_id, str) or not credential_id.isascii() or not credential_id.isprintable():
        return None
    return Passkey.get_or_none(Passkey.credential_id == credential_id)


def _handle(account: Account, server_key: bytes) -> bytes:
    """What devices keep of the account beside its names; it says nothing to whom it leaks."""
    return hmac.digest(server_key, f"passkey:{account.id}".encode(), "sha256")
