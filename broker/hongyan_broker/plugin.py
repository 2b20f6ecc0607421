"""The amqtt plugin: who may connect, subscribe and publish. An ordinary one: amqtt's plain broker can load it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from amqtt.contexts import Action, BaseContext
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from hongyan.errors import MalformedTopic
from hongyan.topics import FeedFilter, matches, own_filters, parse_filter, parse_publish_topic
from hongyan_broker.plane.events import Identity
from hongyan_broker.threads import DatabaseThreads
from hongyan_core.actions.credentials import Key, find_keys
from hongyan_core.clock import now_ms
from hongyan_core.store.groups import find_group, find_membership
from hongyan_core.store.models import Account

# Where `authenticate` leaves the `Identity` in `Session.attributes`.
IDENTITY: Final = "hongyan.identity"
_MAX_BATCH: Final = 100
_MQTT_KINDS: Final = frozenset({"device", "mqtt"})  # a browser's cookie is not a password


class HongyanPlugin(BaseAuthPlugin, BaseTopicPlugin):
    """Credentials and topics by the rules of hongyan_core. A database that fails raises: neither yes nor no."""

    @dataclass
    class Config:
        """Its section of amqtt's configuration."""

        read_threads: int = 2

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._threads = DatabaseThreads(self.config.read_threads, "hongyan-auth")

    async def authenticate(self, *, session: Session) -> bool | None:
        """Whether the password is a device's or a short-lived token of the account that the user name says."""
        (answer,) = await self.authenticate_all([session])
        return answer

    async def authenticate_all(self, sessions: Sequence[Session]) -> list[bool]:
        """`authenticate` for many at once: a hop to the thread costs more than a look-up. amqtt does not ask this."""
        asked = [(session.password or "", session.remote_address or "") for session in sessions]
        keys = await self._threads.run(_find_keys, asked)
        return [_identify(session, key) for session, key in zip(sessions, keys, strict=True)]

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        """Whether the account may subscribe a filter, publish to a topic or receive from it."""
        if session is None or session.username is None or topic is None or action is None:
            return False
        asked = self.filter_now(session.username, topic, action)
        return asked if isinstance(asked, bool) else await self._threads.run(is_member, session.username, asked.group)

    @staticmethod
    def filter_now(account: str, topic: str, action: Action) -> bool | FeedFilter:
        """`topic_filtering` as far as no database is needed: a `FeedFilter` is a question of membership."""
        try:
            if action is Action.PUBLISH:
                return parse_publish_topic(topic).account == account
            if action is Action.RECEIVE and any(matches(own, topic) for own in own_filters(account)):
                return True
            return parse_filter(account, topic) or True
        except MalformedTopic:
            return False

    async def close(self) -> None:
        """End the threads."""
        await self._threads.close()


def _find_keys(asked: Sequence[tuple[str, str]]) -> list[Key | None]:
    """Of (password, address), in batches, each with one statement."""
    at_ms = now_ms()
    found: list[Key | None] = []
    for start in range(0, len(asked), _MAX_BATCH):
        passwords, addresses = zip(*asked[start : start + _MAX_BATCH], strict=True)
        found += find_keys(passwords, at_ms=at_ms, addresses=addresses)
    return found


def _identify(session: Session, key: Key | None) -> bool:
    """Leave the `Identity` in the session if the key opens the account that the user name says."""
    if key is None or key.kind not in _MQTT_KINDS or key.account != session.username:
        return False
    session.attributes[IDENTITY] = Identity(key.account, key.id, key.parent_id, key.expires_at_ms)
    return True


def is_member(account_name: str, group_name: str) -> bool:
    """Whether an account is a member of a group now."""
    group = find_group(group_name)
    account = Account.get_or_none(Account.name == account_name)
    return group is not None and account is not None and find_membership(group, account) is not None
