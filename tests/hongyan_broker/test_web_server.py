from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

from hongyan_broker.web_server import end_stalls

Message = MutableMapping[str, Any]
STALL_S = 0.01


async def _never() -> Message:
    await asyncio.Event().wait()
    return {}


def test_a_sender_that_says_nothing_for_long_is_gone() -> None:
    async def take(_: Message) -> None:
        """Nothing is sent."""

    receive, _ = end_stalls(_never, take, STALL_S)
    assert asyncio.run(receive()) == {"type": "http.disconnect"}


def test_what_comes_in_time_comes_as_it_is() -> None:
    async def give() -> Message:
        return {"type": "http.request", "body": b"goose", "more_body": True}

    sent: list[Message] = []

    async def take(message: Message) -> None:
        sent.append(message)

    receive, send = end_stalls(give, take, STALL_S)
    assert asyncio.run(receive()) == {"type": "http.request", "body": b"goose", "more_body": True}
    asyncio.run(send({"type": "http.response.body"}))
    assert sent == [{"type": "http.response.body"}]


def test_for_a_reader_that_takes_nothing_the_rest_is_dropped() -> None:
    """So that the thread which sends comes to its end."""
    tried: list[Message] = []

    async def take(message: Message) -> None:
        tried.append(message)
        await _never()

    async def talk() -> None:
        _, send = end_stalls(_never, take, STALL_S)
        for number in range(3):
            await send({"number": number})

    asyncio.run(talk())
    assert tried == [{"number": 0}]
