"""What can go wrong, in one tree.

HongyanError
├── MalformedName       not the name of an account or a group
├── MalformedTopic      not a topic of the tree in `hongyan.topics`
├── MalformedEnvelope   a payload that the exchange would refuse; `code`, `field`
├── Rejected            the exchange refused a message; `code`, `message_id`
├── ApiError            the JSON API answered with an error; `status`, `code`, `field`
├── NotConnected        no connection, and the call does not wait for one
│   └── TransferFailed  a file did not come through: the connection was lost again and again
└── StampTimeout        sent, but no stamp came back in time; sending again with the same id is safe
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Why the exchange refused a message: the `code` of a `rejected` notice. Also: contract/codes.json."""

    NOT_FRIENDS = "not_friends"  # an unknown name and a stranger alike
    BLOCKED = "blocked"  # the recipient has blocked the sender
    YOU_BLOCKED = "you_blocked"  # the sender has blocked the recipient
    NOT_MEMBER = "not_member"  # an unknown group and a foreign one alike
    MUTED = "muted"
    ANNOUNCEMENTS_ONLY = "announcements_only"  # only the owner and admins write in this group
    OUT_OF_SCOPE = "out_of_scope"  # a bot that its owner does not let write here
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    ID_REUSED = "id_reused"  # the same message id towards another conversation
    FORBIDDEN_TOPIC = "forbidden_topic"  # another's tree, a wildcard, a branch that clients do not write
    ACCOUNT_DISABLED = "account_disabled"
    UNKNOWN_MESSAGE = "unknown_message"  # not in this conversation, gone, or not to be seen by the sender
    UNKNOWN_FILE = "unknown_file"  # not uploaded by the sender, or not to the end
    UNKNOWN_STICKER = "unknown_sticker"
    UNKNOWN_ACCOUNT = "unknown_account"  # the card of somebody who is no friend
    NOT_YOURS = "not_yours"  # another's message
    NOT_EDITABLE = "not_editable"  # a kind without words of its sender's
    ADMINS_ONLY = "admins_only"  # pins, and mentions of everybody, in a group
    TOO_LATE = "too_late"  # to edit, to recall, to vote
    ALREADY_VOTED = "already_voted"
    PAST_TIME = "past_time"  # a time to deliver or to close that is over, or beyond a year
    TOO_MANY = "too_many"  # scheduled messages, reactions, pins, cards


class HongyanError(Exception):
    """The root of everything that this package raises on purpose."""


class MalformedName(HongyanError):
    """Not the name of an account or a group."""

    def __init__(self, text: object, *, reserved: bool = False) -> None:
        super().__init__(f"reserved name: {text!r}" if reserved else f"not a name: {text!r}")
        self.reserved = reserved


class MalformedTopic(HongyanError):
    """Not a topic of the tree in `hongyan.topics`."""


class MalformedEnvelope(HongyanError):
    """A payload that the exchange refuses before any rule is asked."""

    def __init__(self, reason: str, *, field: str | None = None, message_id: str | None = None) -> None:
        super().__init__(reason if field is None else f"{field}: {reason}")
        self.code = Code.MALFORMED
        self.field = field
        self.message_id = message_id  # the sender's id where it could still be read


class Rejected(HongyanError):
    """The exchange refused a message."""

    def __init__(self, code: str, message: str, message_id: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.message_id = message_id


class ApiError(HongyanError):
    """The JSON API answered with an error."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.field = field


class NotConnected(HongyanError):
    """No connection, and the call does not wait for one any longer."""


class TransferFailed(NotConnected):
    """A file did not come through: the connection was lost again and again."""


class StampTimeout(HongyanError):
    """Sent, but no stamp came back in time; sending again with the same id is safe."""

    def __init__(self, message_id: str, timeout_s: float) -> None:
        super().__init__(f"no stamp for message {message_id} within {timeout_s:g} s")
        self.message_id = message_id
