"""The key under which a conversation is stored: one for both of its people."""

from __future__ import annotations

from hongyan.topics import ConversationKey, ConversationKind


def store_key(account: str, conversation: ConversationKey) -> str:
    """`user:ann:bob` (names in order) or `group:lab`, from what `account` calls it."""
    if conversation.kind is ConversationKind.GROUP:
        return f"group:{conversation.name}"
    low, high = sorted((account, conversation.name))
    return f"user:{low}:{high}"
