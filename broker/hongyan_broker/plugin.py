"""The amqtt plugin: who may connect, subscribe and publish. An ordinary one: amqtt's plain broker can load it too."""

from __future__ import annotations

import asyncio
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
from hongyan_core.actions.credentials import find_credential
from hongyan_core.clock import now_ms
from hongyan_core.problems import Problem
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
        self._waiting: list[tuple[str, str, asyncio.Future[Identity | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def authenticate(self, *, session: Session) -> bool | None:
        """Whether the password is a device's or a short-lived token of the account that the user name says."""
        if not session.username or not session.password:
            return False
        identity = await self._identify(session.username, session.password)
        if identity is not None:
            session.attributes[IDENTITY] = identity
        return identity is not None

    async def _identify(self, username: str, password: str) -> Identity | None:
        """While some passwords are looked up the next ones gather: a hop to the thread costs more than a look-up."""
        answer: asyncio.Future[Identity | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((username, password, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._identify_all())
        return await answer

    async def _identify_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MAX_BATCH], self._waiting[_MAX_BATCH:]
            asked = [(username, password) for username, password, _ in batch]
            found: Sequence[Identity | Exception | None]
            try:
                found = await self._threads.run(_identify_each, asked, now_ms())
            except Exception as error:
                found = [error] * len(batch)
            for (_, _, answer), identity in zip(batch, found, strict=True):
                if answer.done():
                    continue
                if isinstance(identity, Exception):
                    answer.set_exception(identity)
                else:
                    answer.set_result(identity)
        self._asking = None

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool | None:
        """Whether the account may subscribe a filter, publish to a topic or receive from it."""
        account = session.username if session is not None else None
        if account is None or topic is None:
            return False
        try:
            if action is Action.PUBLISH:
                return parse_publish_topic(topic).account == account
            if action is Action.RECEIVE and any(matches(own, topic) for own in own_filters(account)):
                return True
            asked = parse_filter(account, topic)
        except MalformedTopic:
            return False
        return not isinstance(asked, FeedFilter) or await self._threads.run(is_member, account, asked.group)

    async def close(self) -> None:
        """End the threads."""
        await self._threads.close()


def _identify_each(asked: Sequence[tuple[str, str]], at_ms: int) -> list[Identity | None]:
    return [_identify(username, password, at_ms) for username, password in asked]


def _identify(username: str, password: str, at_ms: int) -> Identity | None:
    try:
        credential = find_credential(password, at_ms=at_ms)
    except Problem:
        return None
    if credential.kind not in _MQTT_KINDS or credential.account.name != username:
        return None
    return Identity(username, credential.id, credential.parent_id, credential.expires_at_ms)


def is_member(account_name: str, group_name: str) -> bool:
    """Whether an account is a member of a group now."""
    group = find_group(group_name)
    account = Account.get_or_none(Account.name == account_name)
    return group is not None and account is not None and find_membership(group, account) is not None
