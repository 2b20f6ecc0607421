"""Bots and devices: accounts that a person owns and answers for. They have a token and no password."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from hongyan.errors import MalformedTopic
from hongyan.topics import parse_conversation_key
from hongyan_core import rules
from hongyan_core.actions.credentials import end_credentials, issue_credential
from hongyan_core.actions.groups import remove_member
from hongyan_core.actions.profile import change_picture, change_profile
from hongyan_core.fields import parse_display_name, parse_new_username
from hongyan_core.likeness import skeleton
from hongyan_core.problems import Problem
from hongyan_core.standing import Ownership
from hongyan_core.store.bots import count_bots, find_bot
from hongyan_core.store.database import raise_relations_version, write_transaction
from hongyan_core.store.models import Account, ChatGroup, Friendship, Membership, MqttSession, Scope
from hongyan_core.store.outbox import tell, tell_notice
from hongyan_core.store.people import refuse_taken
from hongyan_core.store.pictures import replace_picture
from hongyan_core.store.profiles import list_watching_friends
from hongyan_core.store.terms import forget_names, index_names

MAX_BOTS: Final = 50  # of one owner
MAX_SCOPE: Final = 100  # conversations of one bot
KINDS: Final = ("bot", "device")
_LABEL: Final = "from its owner"


def create_bot(
    owner: Account, username: str, display_name: str, kind: str, scope: Sequence[str] | None, *, at_ms: int
) -> tuple[Account, str]:
    """Make a bot or device, a friend of its owner from the start; returns it and its token.

    Args:
        scope: The conversations that it may write to, as it calls them (`user/ann`, `group/lab`); None: all of its
            friends and groups.

    Raises:
        Problem: persons_only, too_many, malformed_name, reserved_name, confusable_name, name_taken,
            malformed_display_name, malformed_field (kind, scope).
    """
    name, shown = parse_new_username(username), parse_display_name(display_name)
    keys = None if scope is None else parse_scope(scope)
    if kind not in KINDS:
        raise Problem("malformed_field", "kind")
    with write_transaction():
        raise_relations_version()
        _demand(rules.CREATE_BOT.decide(_load_ownership(owner, None)))
        refuse_taken(name)
        bot = Account.create(
            name=name,
            display_name=shown,
            password_hash="",  # nobody signs in with a password
            language=owner.language,
            created_at_ms=at_ms,
            kind=kind,
            owner=owner,
            skeleton=skeleton(name),
        )
        index_names(bot.id, name, shown)
        _befriend(owner, bot, at_ms)
        _write_scope(bot, keys)
        tell("account", {"account": name})
        _, secret = issue_credential(bot, "device", _LABEL, at_ms=at_ms)
    return bot, secret


def parse_scope(keys: Iterable[str]) -> tuple[str, ...]:
    """Conversations, each once.

    Raises:
        Problem: malformed_field, too_many.
    """
    try:
        parsed = tuple(dict.fromkeys(str(parse_conversation_key(key)) for key in keys))
    except MalformedTopic:
        raise Problem("malformed_field", "scope") from None
    if len(parsed) > MAX_SCOPE:
        raise Problem("too_many", "scope", limit=MAX_SCOPE)
    return parsed


def _demand(refusal: Any) -> None:
    if refusal is not None:
        raise Problem(refusal, limit=MAX_BOTS)


def _load_ownership(owner: Account, bot: Account | None) -> Ownership:
    return Ownership(
        is_person=str(owner.kind) == "person",
        owned=bot is not None,
        has_room=count_bots(owner) < MAX_BOTS,
    )


def _befriend(owner: Account, bot: Account, at_ms: int) -> None:
    rows = [(owner, bot, at_ms), (bot, owner, at_ms)]
    Friendship.insert_many(rows, [Friendship.account, Friendship.friend, Friendship.since_ms]).execute()
    tell_notice([owner.name], {"type": "friend_accepted", "from": bot.name, "at": at_ms})


def _write_scope(bot: Account, keys: Sequence[str] | None) -> None:
    Scope.delete().where(Scope.account == bot).execute()
    if keys:
        Scope.insert_many([(bot, key) for key in keys], [Scope.account, Scope.key]).execute()
    Account.update(scoped=keys is not None).where(Account.id == bot.id).execute()
    bot.scoped = keys is not None


def load_bot(owner: Account, name: str) -> Account:
    """A bot or device of this person.

    Raises:
        Problem: unknown_bot, for somebody else's too.
    """
    bot = find_bot(owner, name)
    _demand(rules.MANAGE_BOT.decide(_load_ownership(owner, bot)))
    if bot is None:  # no rule allows it; for the types
        raise Problem("unknown_bot")
    return bot


def change_bot(owner: Account, name: str, wanted: dict[str, Any], *, at_ms: int) -> Account:
    """Change some of display_name, about and scope; what it may write holds from the next message on.

    Raises:
        Problem: unknown_bot, malformed_display_name, malformed_field, too_many (scope).
    """
    profile = {field: value for field, value in wanted.items() if field != "scope"}
    scope = wanted.get("scope")
    keys = None if scope is None else parse_scope(scope)
    with write_transaction():
        raise_relations_version()
        bot = load_bot(owner, name)
        change_profile(bot, profile, at_ms=at_ms)
        if "scope" in wanted:
            _write_scope(bot, keys)
    return bot


def change_bot_picture(owner: Account, name: str, file: bytes | None, *, at_ms: int) -> Account:
    """Give a bot a face, or take it away.

    Raises:
        Problem: unknown_bot, bad_picture, picture_too_large, rate_limited.
    """
    bot = load_bot(owner, name)
    change_picture(bot, file, at_ms=at_ms)
    return bot


def renew_token(owner: Account, name: str, *, at_ms: int) -> tuple[Account, str]:
    """Give a bot a new token; the old ones and their live connections end at once.

    Raises:
        Problem: unknown_bot.
    """
    with write_transaction():
        bot = load_bot(owner, name)
        new, secret = issue_credential(bot, "device", _LABEL, at_ms=at_ms)
        end_credentials(bot, keep=new)
    return bot, secret


def delete_bot(owner: Account, name: str, *, at_ms: int) -> None:
    """Delete a bot: it leaves its groups, its tokens end, its name is never given out again; what it wrote stays.

    Raises:
        Problem: unknown_bot.
    """
    with write_transaction():
        raise_relations_version()
        _delete(load_bot(owner, name), at_ms)


def _delete(bot: Account, at_ms: int) -> None:
    for group in (
        ChatGroup.select()
        .join(Membership)
        .where((Membership.account == bot) & Membership.until_seq.is_null() & ChatGroup.dissolved_at_ms.is_null())
    ):
        remove_member(bot, group, bot.name, at_ms=at_ms)
    tell_notice([bot.name, *list_watching_friends(bot)], {"type": "profile_changed", "who": bot.name, "at": at_ms})
    replace_picture(f"user/{bot.name}", bot.picture, None)
    forget_names(bot.id)
    Scope.delete().where(Scope.account == bot).execute()
    MqttSession.delete().where(MqttSession.account == bot).execute()
    Account.update(deleted_at_ms=at_ms, picture=None, about="").where(Account.id == bot.id).execute()
    end_credentials(bot, keep=None)


def end_bots(owner: Account, *, at_ms: int, forever: bool) -> None:
    """Their owner is deleted (`forever`) or disabled: so are the bots, each in a transaction of its own.

    Safe to call again. Call it before the owner's own change: a bot without an owner must not go on.
    """
    for bot in Account.select().where((Account.owner == owner) & Account.deleted_at_ms.is_null()):
        with write_transaction():
            raise_relations_version()
            if forever:
                _delete(bot, at_ms)
            elif bot.disabled_at_ms is None:
                Account.update(disabled_at_ms=at_ms).where(Account.id == bot.id).execute()
                end_credentials(bot, keep=None)


def resume_bots(owner: Account) -> None:
    """Their disabled owner is back. The bots are in use again; their tokens have ended, the owner gives new ones."""
    with write_transaction():
        raise_relations_version()
        disabled = (Account.owner == owner) & Account.disabled_at_ms.is_null(False)
        Account.update(disabled_at_ms=None).where(disabled & Account.deleted_at_ms.is_null()).execute()
