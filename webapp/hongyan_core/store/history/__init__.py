"""Read what was said: pages of a conversation, the list of conversations, and the history as a session's queue.

Everything here is exact about what the reader may see (`sight`): of a group the intervals of membership, nothing that
retention has removed, and of what the reader has deleted for themselves only that it was there. What a page costs
depends on its length alone: each statement finds its rows by an index, and there are as many whatever they find.
"""

from __future__ import annotations

from hongyan_core.store.history.details import (
    Readers,
    load_versions,
    read_cards,
    read_message,
    read_pins,
    read_readers,
)
from hongyan_core.store.history.heads import ConversationHead, UnsentWords, list_conversations
from hongyan_core.store.history.pages import (
    MAX_PAGE,
    HistoryPage,
    Page,
    Place,
    has_files,
    peer_read_seq,
    read_history,
    read_media,
    read_page,
    read_peer_marks,
    read_thread,
)
from hongyan_core.store.history.queue import SessionPage, read_by_positions, read_for_session
from hongyan_core.store.history.sight import Sight, load_sight
from hongyan_core.store.sets import last_position

__all__ = [
    "MAX_PAGE",
    "ConversationHead",
    "HistoryPage",
    "Page",
    "Place",
    "Readers",
    "SessionPage",
    "Sight",
    "UnsentWords",
    "has_files",
    "last_position",
    "list_conversations",
    "load_sight",
    "load_versions",
    "peer_read_seq",
    "read_by_positions",
    "read_cards",
    "read_for_session",
    "read_history",
    "read_media",
    "read_message",
    "read_page",
    "read_peer_marks",
    "read_pins",
    "read_readers",
    "read_thread",
]
