"""What people say at the desk: the short forms of the plane's tests."""

from __future__ import annotations

from hongyan.topics import Branch
from hongyan_broker.plane.connection import Connection
from hongyan_core.decisions import Delivery
from tests.hongyan_broker.desk import Desk
from tests.hongyan_broker.wire import Publish, connect, puback, subscribe


def come_in(
    desk: Desk, name: str = "bob", client_id: str = "b1", *, clean: bool = True, **options: object
) -> Connection:
    connection = desk.open()
    desk.feed(connection, connect(client_id, name, clean=clean, **options))  # type: ignore[arg-type]
    return connection


def listen(desk: Desk, *, clean: bool = True, topic_filter: str = "im/bob/inbox/#", qos: int = 1) -> Connection:
    connection = come_in(desk, clean=clean)
    desk.feed(connection, subscribe(1, (topic_filter, qos)))
    desk.take(connection)
    return connection


def message(position: int, text: str = "", *, feed: str | None = None) -> Delivery:
    tail = "user/ann" if feed is None else f"group/{feed}"
    return Delivery(("bob",), Branch.INBOX, tail, (text or f"m{position}").encode(), position, feed)


def say(desk: Desk, *positions: int) -> None:
    for position in positions:
        desk.say(message(position))


def got(desk: Desk, connection: Connection) -> list[str]:
    return [Publish(data).payload.decode() for data in desk.take(connection) if data[0] >> 4 == 3]


def acknowledge(desk: Desk, connection: Connection, *packet_ids: int) -> None:
    desk.feed(connection, *(puback(i) for i in packet_ids))
