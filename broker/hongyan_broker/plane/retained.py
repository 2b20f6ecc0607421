"""The retained messages: the last message of each topic that asked to be kept, found by topic filter."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec


class Retained(msgspec.Struct, frozen=True, gc=False):
    """A message that a new subscription gets."""

    topic: str
    payload: bytes
    qos: int


class _Node:
    """One topic level."""

    __slots__ = ("children", "message")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.message: Retained | None = None


class RetainedMessages:
    """A tree of topic levels, bounded: a look-up walks what the filter can match and nothing else.

    Args:
        max_messages: A further topic is not retained; its message is still delivered.
        max_bytes: The same for the sum of topics and payloads.
    """

    def __init__(self, *, max_messages: int, max_bytes: int) -> None:
        self._root = _Node()
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._count = 0
        self._bytes = 0

    def __len__(self) -> int:
        """How many topics have a retained message."""
        return self._count

    def keep(self, message: Retained) -> bool:
        """Take the place of the topic's old message [MQTT-3.3.1-5]; False if there is no room (the old one goes)."""
        self.remove(message.topic)  # also where there is no room: a stale value would be worse than none
        size = _size(message)
        if self._count >= self._max_messages or self._bytes + size > self._max_bytes:
            return False
        node = self._root
        for level in message.topic.split("/"):
            node = node.children.setdefault(level, _Node())
        node.message = message
        self._count += 1
        self._bytes += size
        return True

    def remove(self, topic: str) -> bool:
        """Forget a topic's message [MQTT-3.3.1-10]; whether there was one. Empty branches leave no trace."""
        path = [self._root]
        levels = topic.split("/")
        for level in levels:
            child = path[-1].children.get(level)
            if child is None:
                return False
            path.append(child)
        old, path[-1].message = path[-1].message, None
        if old is None:
            return False
        self._count -= 1
        self._bytes -= _size(old)
        for level in reversed(levels):
            node = path.pop()
            if node.message is not None or node.children:
                break
            del path[-1].children[level]
        return True

    def match(self, topic_filter: str) -> Iterator[Retained]:
        """Every retained message whose topic fits the filter [MQTT-3.3.1-6]."""
        return _walk(self._root, topic_filter.split("/"), 0)


def _size(message: Retained) -> int:
    return len(message.topic) + len(message.payload)


def _walk(node: _Node, levels: list[str], depth: int) -> Iterator[Retained]:
    if depth == len(levels):
        if node.message is not None:
            yield node.message
        return
    level = levels[depth]
    if level == "#":
        yield from _below(node, depth)
    elif level == "+":
        for name, child in node.children.items():
            if depth or not name.startswith("$"):  # [MQTT-4.7.2-1]
                yield from _walk(child, levels, depth + 1)
    elif (found := node.children.get(level)) is not None:
        yield from _walk(found, levels, depth + 1)


def _below(node: _Node, depth: int) -> Iterator[Retained]:
    """Everything from here down; `a/#` matches `a` too (section 4.7.1.2). Not recursive: a topic has 32,768 levels."""
    waiting = [node] if depth else [c for name, c in reversed(node.children.items()) if not name.startswith("$")]
    while waiting:
        node = waiting.pop()
        if node.message is not None:
            yield node.message
        waiting.extend(reversed(node.children.values()))
