"""Make an account: who may, under which name, and the address that has to be confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from hongyan_core import rules
from hongyan_core.actions.addresses import ask_to_confirm
from hongyan_core.actions.broadcasts import join_everyone
from hongyan_core.actions.invitations import use_invitation
from hongyan_core.fields import parse_display_name, parse_email, parse_language, parse_new_username
from hongyan_core.likeness import skeleton
from hongyan_core.mail import Letter
from hongyan_core.passwords import hash_password
from hongyan_core.problems import Problem
from hongyan_core.settings import EmailUse, Registration, Settings
from hongyan_core.standing import Arrival
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account
from hongyan_core.store.outbox import tell
from hongyan_core.store.people import refuse_taken
from hongyan_core.store.terms import index_names


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms this server takes people in."""

    registration: Registration = Registration.OPEN
    email: EmailUse = EmailUse.OFF


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What somebody brings who wants an account."""

    username: str
    display_name: str
    language: str
    password: str | None = None  # None: there is another way in
    email: str | None = None
    invitation: int | None = None  # the id of its link; None: none was shown


@dataclass(frozen=True, slots=True)
class Registered:
    """The new account, and the letter that asks to confirm its address."""

    account: Account
    letter: Letter | None


def terms_of(settings: Settings) -> Terms:
    """The terms that the settings say; `register` knows whom they do not concern."""
    return Terms(settings.registration, settings.email)


def terms_for_the_next(settings: Settings) -> Terms:
    """What a page shows: whoever set the server up is let in on any terms, and is asked for nothing."""
    if Account.select().exists():
        return terms_of(settings)
    return Terms(Registration.OPEN, EmailUse.OFF if settings.email is EmailUse.OFF else EmailUse.OPTIONAL)


def register(newcomer: Newcomer, terms: Terms, *, at_ms: int) -> Registered:
    """Make an account; the first one of a server administers it.

    Raises:
        Problem: registration_closed, invitation_needed, invalid_link, email_needed, malformed_email, no_mail,
            malformed_name, reserved_name, confusable_name, name_taken, weak_password, malformed_display_name,
            malformed_field.
    """
    name = parse_new_username(newcomer.username)
    shown = parse_display_name(newcomer.display_name)
    spoken = parse_language(newcomer.language)
    email = _parse_email(newcomer.email, terms)
    refuse_taken(name)  # before the hash, which is the expensive part
    # Before the transaction, for which the exchange waits.
    password_hash = "" if newcomer.password is None else hash_password(newcomer.password)
    with write_transaction():
        raise_relations_version()
        arrival = _arrive(newcomer, email, terms, at_ms)
        refusal = rules.REGISTER.decide(arrival)
        if refusal is not None:
            raise Problem(refusal, {"email_needed": "email"}.get(refusal, "invitation"))
        refuse_taken(name)
        waits = terms.email is EmailUse.REQUIRED and not arrival.first
        account = Account.create(
            name=name,
            display_name=shown,
            password_hash=password_hash,
            language=spoken,
            created_at_ms=at_ms,
            skeleton=skeleton(name),
            role="admin" if arrival.first else "user",
            unconfirmed=waits,
        )
        if not waits:  # who waits is not found by others yet
            index_names(account.id, name, shown)
            join_everyone(account, at_ms=at_ms)
        tell("account", {"account": name})
        letter = ask_to_confirm(account, email, at_ms=at_ms) if email else None
    return Registered(account, letter)


def register_account(username: str, password: str, display_name: str, language: str, *, at_ms: int) -> Account:
    """Make an account of a name and a password, on the terms of an open server.

    Raises:
        Problem: as `register`.
    """
    return register(Newcomer(username, display_name, language, password), Terms(), at_ms=at_ms).account


def _parse_email(email: str | None, terms: Terms) -> str | None:
    if email is None:
        return None
    if terms.email is EmailUse.OFF:
        raise Problem("no_mail", "email")
    return parse_email(email)


def _arrive(newcomer: Newcomer, email: str | None, terms: Terms, at_ms: int) -> Arrival:
    code = newcomer.invitation
    return Arrival(
        first=not Account.select().exists(),
        closed=terms.registration is Registration.CLOSED,
        by_invitation=terms.registration is Registration.INVITE,
        has_code=code is not None,
        code_holds=code is not None and use_invitation(code, at_ms=at_ms),
        email_demanded=terms.email is EmailUse.REQUIRED,
        has_email=email is not None,
    )
