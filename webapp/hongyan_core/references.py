"""From the special messages of a batch to what they are about: named here, loaded in one statement a sort of fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hongyan.topics import parse_conversation_key
from hongyan_core.content import find_named_files
from hongyan_core.intake import SendRequest
from hongyan_core.store import subjects as store
from hongyan_core.store.files import load_files_of
from hongyan_core.store.keys import store_key
from hongyan_core.subjects import Entry, Place, Subjects


@dataclass(slots=True)
class _Wanted:
    """What the messages name, without doubles."""

    places: set[Place] = field(default_factory=set)
    seen_by: set[tuple[int, str, int]] = field(default_factory=set)  # (account, key, seq): who wants to see it
    reactions: set[tuple[str, int, int]] = field(default_factory=set)
    votes: set[tuple[str, int, int]] = field(default_factory=set)
    pins: set[str] = field(default_factory=set)
    edited: set[Place] = field(default_factory=set)
    files: set[tuple[int, str]] = field(default_factory=set)
    stickers: set[tuple[str, str]] = field(default_factory=set)
    contacts: set[tuple[int, str]] = field(default_factory=set)
    cards: set[tuple[str, int]] = field(default_factory=set)
    planners: set[int] = field(default_factory=set)

    def add(self, account_id: int, request: SendRequest) -> None:
        """What one message names."""
        key, fields = request.key, request.draft.fields
        self._add_places(account_id, key, (fields[name] for name in ("of", "reply", "thread") if name in fields))
        self.files.update((account_id, file_id) for file_id in find_named_files(fields))
        if "deliver_at" in fields:
            self.planners.add(account_id)
        match request.draft.kind:
            case "reaction":
                self.reactions.add((key, fields["of"], account_id))
            case "vote":
                self.votes.add((key, fields["of"], account_id))
            case "pin":
                self.pins.add(key)
            case "edit":
                self.edited.add((key, fields["of"]))
            case "sticker":
                self.stickers.add((fields["pack"], fields["name"]))
            case "contact":
                self.contacts.add((account_id, fields["who"]))
            case "card":
                self.cards.add((key, account_id))
            case "forward":
                source = store_key(request.account, parse_conversation_key(fields["source"]))
                self._add_places(account_id, source, fields["seqs"])

    def _add_places(self, account_id: int, key: str, seqs: Iterable[int]) -> None:
        for seq in seqs:
            self.places.add((key, seq))
            self.seen_by.add((account_id, key, seq))


def gather_subjects(messages: Iterable[tuple[int, SendRequest]]) -> Subjects:
    """The facts for these special messages of (account id, request), inside the transaction of the batch."""
    wanted = _Wanted()
    for account_id, request in messages:
        wanted.add(account_id, request)
    entries = store.load_entries(wanted.places)
    entries |= store.load_entries(_find_answered(entries, wanted.edited))
    return Subjects(
        entries,
        store.load_intervals({(account, key) for account, key, _ in wanted.seen_by if key.startswith("group:")}),
        store.load_hidden(wanted.seen_by),
        store.load_reactions(wanted.reactions),
        store.load_votes(wanted.votes),
        store.load_pins(wanted.pins),
        store.load_versions(wanted.edited),
        load_files_of(wanted.files),
        store.load_stickers(wanted.stickers),
        store.load_contacts(wanted.contacts),
        store.load_cards(wanted.cards),
        store.load_planners(wanted.planners),
    )


def _find_answered(entries: Mapping[Place, Entry], edited: Iterable[Place]) -> set[Place]:
    """What the edited messages answer: whoever is answered stays named."""
    answers = ((key, entries[key, seq].read().get("reply")) for key, seq in edited if (key, seq) in entries)
    return {(key, seq) for key, seq in answers if isinstance(seq, int) and (key, seq) not in entries}
