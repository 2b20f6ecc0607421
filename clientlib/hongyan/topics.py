"""The topic grammar: one tree per account, four branches to write and four to read (docs/topics.md).

    im/{me}/send|read|signal/user/{peer}     im/{me}/send|read|signal/group/{group}     im/{me}/status/{device}
    im/{me}/inbox|sent/user/{peer}           im/{me}/inbox|sent/group/{group}
    im/{me}/live/...                         im/{me}/notice                             im/group/{group}

A new form of topic? Also: frontend/src/contract/topics.ts, tests/contract/topics.json, docs/topics.md,
mosquitto-compat/acl.conf.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hongyan.errors import MalformedTopic
from hongyan.limits import MAX_TOPIC_LEVELS
from hongyan.names import is_name

ROOT: Final = "im"
# A device's word for itself on the status branch: any client identifier that is one plain topic level. 65 is the length
# of our own clients' for the longest name: 32 characters, "-", and 32 hexadecimal digits.
_DEVICE: Final = re.compile(r"[A-Za-z0-9_-]{1,65}")


class Branch(StrEnum):
    """The third level of `im/{account}/...`."""

    SEND = "send"
    READ = "read"
    SIGNAL = "signal"
    STATUS = "status"
    INBOX = "inbox"
    SENT = "sent"
    LIVE = "live"
    NOTICE = "notice"


WRITABLE: Final = frozenset({Branch.SEND, Branch.READ, Branch.SIGNAL, Branch.STATUS})
READABLE: Final = frozenset({Branch.INBOX, Branch.SENT, Branch.LIVE, Branch.NOTICE})


class ConversationKind(StrEnum):
    """One to one, or a group."""

    USER = "user"
    GROUP = "group"


@dataclass(frozen=True, slots=True, order=True)
class ConversationKey:
    """A conversation as one of its members names it: `user/bob` is ann's conversation with bob."""

    kind: ConversationKind
    name: str

    def __str__(self) -> str:
        """The form in topics, URLs and envelopes: `user/bob`, `group/lab`."""
        return f"{self.kind.value}/{self.name}"


def user(name: str) -> ConversationKey:
    """The one-to-one conversation with `name`."""
    return ConversationKey(ConversationKind.USER, name)


def group(name: str) -> ConversationKey:
    """The conversation of the group `name`."""
    return ConversationKey(ConversationKind.GROUP, name)


def parse_conversation_key(text: str) -> ConversationKey:
    """Parse `user/bob` or `group/lab`.

    Raises:
        MalformedTopic: Any other text.
    """
    kind, _, name = text.partition("/")
    if kind not in ("user", "group") or not is_name(name):
        raise MalformedTopic(f"not a conversation: {text!r}")
    return ConversationKey(ConversationKind(kind), name)


@dataclass(frozen=True, slots=True)
class PublishTopic:
    """A topic that a client may publish to, taken apart.

    `conversation` is set on send, read and signal; `device` on status.
    """

    account: str
    branch: Branch
    conversation: ConversationKey | None = None
    device: str | None = None


def is_device(text: str) -> bool:
    """Whether a client identifier may stand on the status branch as it is."""
    return _DEVICE.fullmatch(text) is not None


def parse_publish_topic(topic: str) -> PublishTopic:
    """Parse a topic name of the four branches to write.

    Raises:
        MalformedTopic: A wildcard, a branch to read, or anything outside the tree.
    """
    levels = topic.split("/")
    match levels:
        case ["im", account, "send" | "read" | "signal" as branch, "user" | "group" as kind, name] if is_name(
            account
        ) and is_name(name):
            return PublishTopic(account, Branch(branch), ConversationKey(ConversationKind(kind), name))
        case ["im", account, "status", device] if is_name(account) and is_device(device):
            return PublishTopic(account, Branch.STATUS, device=device)
    raise MalformedTopic(f"not a topic to publish to: {topic!r}")


@dataclass(frozen=True, slots=True)
class DeliveryTopic:
    """A topic that the exchange delivers to, taken apart.

    `conversation` is set on inbox and sent; `tail` is what follows `live/`.
    """

    account: str
    branch: Branch
    conversation: ConversationKey | None = None
    tail: str = ""


def parse_delivery_topic(topic: str) -> DeliveryTopic:
    """Parse a topic name of the four branches to read.

    Raises:
        MalformedTopic: Anything else, the feed of a group included.
    """
    levels = topic.split("/")
    match levels:
        case ["im", account, "inbox" | "sent" as branch, "user" | "group" as kind, name] if is_name(
            account
        ) and is_name(name):
            return DeliveryTopic(account, Branch(branch), ConversationKey(ConversationKind(kind), name))
        case ["im", account, "notice"] if is_name(account):
            return DeliveryTopic(account, Branch.NOTICE)
        case ["im", account, "live", _, *_] if is_name(account) and not ("+" in topic or "#" in topic or "" in levels):
            return DeliveryTopic(account, Branch.LIVE, tail="/".join(levels[3:]))
    raise MalformedTopic(f"not a topic to receive from: {topic!r}")


def send_topic(account: str, conversation: ConversationKey) -> str:
    """Where `account` publishes a message to `conversation`."""
    return f"im/{account}/send/{conversation}"


def read_topic(account: str, conversation: ConversationKey) -> str:
    """Where `account` publishes the highest seq that it has read."""
    return f"im/{account}/read/{conversation}"


def signal_topic(account: str, conversation: ConversationKey) -> str:
    """Where `account` publishes what is delivered and never stored."""
    return f"im/{account}/signal/{conversation}"


def status_topic(account: str, device: str) -> str:
    """Where a device of `account` publishes its presence; also its will topic."""
    return f"im/{account}/status/{device}"


def inbox_topic(account: str, conversation: ConversationKey) -> str:
    """Where `account` receives the stored messages of others."""
    return f"im/{account}/inbox/{conversation}"


def sent_topic(account: str, conversation: ConversationKey) -> str:
    """Where every device of `account` receives its own messages, stamped."""
    return f"im/{account}/sent/{conversation}"


def live_topic(account: str, tail: str) -> str:
    """Where `account` receives signals, presence and read marks: `tail` is e.g. `presence/bob`."""
    return f"im/{account}/live/{tail}"


def notice_topic(account: str) -> str:
    """Where `account` receives refusals and hints."""
    return f"im/{account}/notice"


def feed_topic(group_name: str) -> str:
    """The feed of one group, for its members, where the broker can ask."""
    return f"im/group/{group_name}"


def own_filters(account: str) -> tuple[str, ...]:
    """The filters that a full client subscribes."""
    return tuple(f"im/{account}/{tail}" for tail in ("inbox/#", "sent/#", "live/#", "notice"))


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """A subscription to `im/group/{group}`: whether it holds is a question of membership."""

    group: str


def parse_filter(account: str, topic_filter: str) -> FeedFilter | None:
    """Check a filter that `account` wants to subscribe.

    Returns:
        None for a filter inside the account's own four branches to read, a `FeedFilter` for a group's feed.

    Raises:
        MalformedTopic: Anything else; `$share`, a wildcard before the fourth level and too many levels included.
    """
    levels = topic_filter.split("/")
    if len(levels) > MAX_TOPIC_LEVELS or not is_valid_filter(topic_filter):
        raise MalformedTopic(f"not a topic filter: {topic_filter!r}")
    match levels:
        case ["im", "group", group_name] if is_name(group_name):
            return FeedFilter(group_name)
        case ["im", owner, "notice"] | ["im", owner, "notice", "#"] if owner == account:
            return None
        case ["im", owner, "inbox" | "sent" | "live", _, *_] if owner == account:
            return None
    raise MalformedTopic(f"not your own tree: {topic_filter!r}")


def is_valid_filter(topic_filter: str) -> bool:
    """Whether this is a topic filter at all (MQTT 3.1.1, sections 4.7.1 and 4.7.3)."""
    if not topic_filter or "\0" in topic_filter:
        return False
    levels = topic_filter.split("/")
    return (
        all(level in ("+", "#") or ("+" not in level and "#" not in level) for level in levels)
        and "#" not in levels[:-1]
    )


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic name matches a valid topic filter (MQTT 3.1.1, section 4.7)."""
    if topic.startswith("$") and topic_filter[:1] in ("+", "#"):  # [MQTT-4.7.2-1]
        return False
    wanted, levels = topic_filter.split("/"), topic.split("/")
    for position, level in enumerate(wanted):
        if level == "#":
            return True
        if position >= len(levels) or level not in ("+", levels[position]):
            return False
    return len(wanted) == len(levels)
