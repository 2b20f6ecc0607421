"""One account's own tree of topics: the living sessions that read it, and who of them gets what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hongyan.topics import Branch
from hongyan_broker.plane.packets import encode_field
from hongyan_broker.plane.session import delivery_topic

if TYPE_CHECKING:
    from hongyan_broker.plane.session import Session
    from hongyan_broker.plane.subscriptions import Subscriptions

# A session, the QoS of its subscription (1 at most), the topic, and the topic as it stands in a PUBLISH.
Reader = tuple["Session", int, str, bytes]

_SENT: Final = Branch.SENT
_MAX_TAILS: Final = 1_000  # conversations of which a tree remembers who reads them
_NONE: Final[dict[Any, Any]] = {}  # nobody writes into it: ten thousand trees idle


class Tree:
    """What is remembered of its readers is forgotten whenever a session or a subscription of the account changes.

    To look them up in the tables of all filters takes ten times as long; a member of a hundred groups is asked for a
    hundred conversations.
    """

    __slots__ = ("_account", "_inbox", "_sent", "sessions")

    def __init__(self, account: str) -> None:
        self._account = account
        self.sessions: tuple[Session, ...] = ()  # 40 bytes for the usual one of them; a set takes 216
        self.forget_readers()

    def add(self, session: Session) -> None:
        """A client of the account is here."""
        self.sessions = (*self.sessions, session)
        self.forget_readers()

    def discard(self, session: Session) -> None:
        """It has gone."""
        self.sessions = tuple(other for other in self.sessions if other is not session)
        self.forget_readers()

    def forget_readers(self) -> None:
        """A subscription has changed."""
        self._inbox: dict[str, tuple[Reader, ...]] = _NONE
        self._sent: dict[str, tuple[Reader, ...]] = _NONE

    def readers(self, branch: Branch, tail: str, subscriptions: Subscriptions[Session]) -> tuple[Reader, ...]:
        """Who reads `im/{account}/{branch}/{tail}`, inbox or sent."""
        found = (self._sent if branch is _SENT else self._inbox).get(tail)
        return self._find_readers(branch, tail, subscriptions) if found is None else found

    def _find_readers(self, branch: Branch, tail: str, subscriptions: Subscriptions[Session]) -> tuple[Reader, ...]:
        topic = delivery_topic(self._account, branch, tail)
        field = encode_field(topic)
        # Only its own: whatever else was subscribed, nobody reads another's tree.
        wanted = subscriptions.match(topic).items()
        readers = tuple(
            (session, min(1, qos), topic, field) for session, qos in wanted if session.account == self._account
        )
        self._remember(branch, tail, readers)
        return readers

    def _remember(self, branch: Branch, tail: str, readers: tuple[Reader, ...]) -> None:
        if len(self._inbox) + len(self._sent) >= _MAX_TAILS:
            self.forget_readers()
        if branch is _SENT:
            self._sent = self._sent if self._sent is not _NONE else {}
            self._sent[tail] = readers
        else:
            self._inbox = self._inbox if self._inbox is not _NONE else {}
            self._inbox[tail] = readers
