"""From what a batch asks for to what must be known to decide it; what was read once is kept while it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hongyan.topics import ConversationKind
from hongyan_core.intake import LineRequest, ReadRequest, Request, SendRequest, SignalRequest
from hongyan_core.lanes import Lane, make_lane
from hongyan_core.references import gather_subjects
from hongyan_core.store import facts as store
from hongyan_core.store.facts import KnownAccount, KnownConversation, KnownGroup, KnownMark, KnownMessage, Relations
from hongyan_core.subjects import Subjects

Talk = SendRequest | LineRequest | ReadRequest | SignalRequest
# 1 KB a lane, 8 bytes a name in it: 52 MB at the very most; 0.2 KB a member of the groups kept beside them: 80 MB.
# All is dropped at once: it comes back as it is asked for.
MAX_LANES: Final = 20_000
MAX_NAMES: Final = 4_000_000
MAX_MEMBERS: Final = 400_000


@dataclass(slots=True)
class Facts:
    """Everything that the decisions of one batch rest on."""

    accounts: dict[str, KnownAccount | None] = field(default_factory=dict)
    lanes: dict[tuple[str, str], Lane] = field(default_factory=dict)  # by (account, models.Conversation.key)
    heads: dict[str, KnownConversation] = field(default_factory=dict)  # by models.Conversation.key, before the batch
    messages: dict[tuple[int, str], KnownMessage] = field(default_factory=dict)  # by (sender, message id)
    marks: dict[tuple[int, str], KnownMark] = field(default_factory=dict)  # by (account, models.Conversation.key)
    subjects: Subjects | None = None  # of special messages, where there are any

    @property
    def known_subjects(self) -> Subjects:
        """For a special message: there is one in the batch."""
        return self.subjects if self.subjects is not None else Subjects()


class Known:
    """People, lanes and heads as they were read under one `relations_version`, for as long as it stands.

    Whoever changes a relation raises the version in the same transaction, from whatever process, and a batch reads it
    in its own: so nothing here is ever older than the batch. Heads are moved by the one exchange alone.
    """

    def __init__(self) -> None:
        self._version = -1
        self._accounts: dict[str, KnownAccount | None] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._heads: dict[str, KnownConversation] = {}
        self._groups: dict[str, KnownGroup] = {}  # each under a version of its own
        self._names = 0

    def renew(self, version: int) -> None:
        """Begin a batch under this version; forget everything if it is another one, or if there is too much."""
        full = len(self._lanes) + len(self._accounts) > MAX_LANES or self._names > MAX_NAMES
        if version != self._version or full:
            self.forget()
            self._version = version

    def forget(self) -> None:
        """Ask the database again: a batch failed, and what it read or moved may not be so."""
        self._version = -1
        self._accounts, self._lanes, self._heads = {}, {}, {}
        self._names = 0

    def move(self, heads: dict[str, KnownConversation]) -> None:
        """Take the heads that a committed batch has moved."""
        self._heads.update(heads)

    def gather(self, requests: Sequence[Request], *, untold: range, check_ids: bool) -> Facts:
        """The facts of a batch, inside its transaction: one statement for each sort of fact that is not known yet.

        Args:
            untold: Positions whose commit was never answered.
            check_ids: Look for stored messages of the same (sender, id); else the caller counts on there being none.
        """
        specials = [r for r in requests if type(r) is SendRequest and r.special]
        self._load(requests, specials)
        # A special one may be refused for what its own first copy did: a vote, a recall.
        ids = self._identities(requests if check_ids else specials)
        return Facts(
            self._accounts,
            self._lanes,
            self._heads,
            store.load_messages(ids, untold),
            store.load_marks(self._marks_of(requests)),
            self._gather_subjects(specials) if specials else None,
        )

    def _gather_subjects(self, specials: Sequence[SendRequest]) -> Subjects:
        senders = ((self._lanes[request.account, request.key].me, request) for request in specials)
        return gather_subjects((me.id, request) for me, request in senders if me is not None)

    def _load(self, requests: Sequence[Request], specials: Sequence[SendRequest]) -> None:
        lanes, accounts = self._lanes, self._accounts
        missing: dict[tuple[str, str], Talk] = {}
        names: set[str] = set()
        for request in requests:
            if isinstance(request, Talk):
                if (request.account, request.key) not in lanes:
                    missing[request.account, request.key] = request
            elif request.account not in accounts:
                names.add(request.account)
        mentioned = (name for request in specials for name in request.draft.fields.get("mentions", ()))
        names.update(name for name in mentioned if name not in accounts)
        if missing or names:
            self._load_lanes(missing, names)

    def _load_lanes(self, missing: dict[tuple[str, str], Talk], names: set[str]) -> None:
        people = {(t.account, t.conversation.name) for t in missing.values() if _is_one_to_one(t)}
        groups = {t.conversation.name for t in missing.values() if not _is_one_to_one(t)}
        names |= {account for account, _ in missing} | {name for _, name in people}
        found = store.load_accounts(names)
        self._accounts.update({name: found.get(name) for name in names})
        pairs = {(found[a].id, found[b].id) for a, b in people if a in found and b in found}
        relations = Relations(
            found,
            store.load_friends(pairs),
            store.load_blocks(pairs),
            store.load_scopes(_scopes_of(missing.values(), found)),
            self._load_groups(groups),
        )
        for place, talk in missing.items():
            lane = self._lanes[place] = make_lane(talk.account, talk.conversation, relations)
            self._names += len(lane.others)
        # A lane without a head is a conversation that nobody has begun: only the exchange can.
        self._heads.update(store.load_conversations({key for _, key in missing if key not in self._heads}))

    def _load_groups(self, names: set[str]) -> dict[str, KnownGroup]:
        found = store.load_groups(names, self._groups) if names else {}
        self._groups.update(found)
        if len(self._groups) > MAX_LANES or sum(len(group.names) for group in self._groups.values()) > MAX_MEMBERS:
            self._groups = dict(found)
        return found

    def _identities(self, requests: Sequence[Request]) -> set[tuple[int, str]]:
        sends = (
            (self._lanes[r.account, r.key].me, r.message_id)
            for r in requests
            if isinstance(r, SendRequest | LineRequest)
        )
        return {(me.id, message_id) for me, message_id in sends if me is not None}

    def _marks_of(self, requests: Sequence[Request]) -> Iterable[tuple[int, str]]:
        reads = ((self._lanes[r.account, r.key].me, r.key) for r in requests if isinstance(r, ReadRequest))
        return {(me.id, key) for me, key in reads if me is not None}


def _scopes_of(talks: Iterable[Talk], found: dict[str, KnownAccount]) -> set[tuple[int, str]]:
    """What has to be asked for the bots among them that may not write everywhere."""
    scoped = ((found[talk.account], talk) for talk in talks if talk.account in found)
    return {(account.id, str(talk.conversation)) for account, talk in scoped if account.scoped}


def _is_one_to_one(talk: Talk) -> bool:
    return talk.conversation.kind is ConversationKind.USER
