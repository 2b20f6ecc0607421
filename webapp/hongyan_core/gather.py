"""From what a batch asks for to what must be known to decide it."""

from __future__ import annotations

from collections.abc import Sequence

from hongyan.topics import ConversationKind
from hongyan_core.intake import ReadRequest, Request, SendRequest, SignalRequest
from hongyan_core.store import facts as store
from hongyan_core.store.facts import Facts
from hongyan_core.store.keys import store_key

Talk = SendRequest | ReadRequest | SignalRequest


def gather_facts(requests: Sequence[Request], *, untold: range) -> Facts:
    """Load the facts of a batch with one statement for each sort of fact, inside the transaction of the batch."""
    talks = [request for request in requests if isinstance(request, SendRequest | ReadRequest | SignalRequest)]
    people = {(t.account, t.conversation.name) for t in talks if t.conversation.kind is ConversationKind.USER}
    groups = {t.conversation.name for t in talks if t.conversation.kind is ConversationKind.GROUP}
    accounts = store.load_accounts({r.account for r in requests} | {name for _, name in people})
    pairs = {(accounts[a].id, accounts[b].id) for a, b in people if a in accounts and b in accounts}
    known = [(accounts[t.account].id, t) for t in talks if t.account in accounts]
    return Facts(
        accounts=accounts,
        friends=store.load_friends(pairs),
        blocks=store.load_blocks(pairs),
        groups=store.load_groups(groups),
        conversations=store.load_conversations({store_key(t.account, t.conversation) for t in talks}),
        messages=store.load_messages({(id_, t.message_id) for id_, t in known if isinstance(t, SendRequest)}, untold),
        marks=store.load_marks(
            {(id_, store_key(t.account, t.conversation)) for id_, t in known if isinstance(t, ReadRequest)}
        ),
    )
