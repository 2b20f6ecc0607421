"""The open road without sockets: bytes in, bytes out; its journal is committed when a test says so."""

from __future__ import annotations

from functools import partial

from hongyan.limits import Limits
from hongyan_broker.plane.connection import Connection
from hongyan_broker.plane.open_road import OpenRoad
from hongyan_core.store.kept import load_kept, save_changes
from tests.hongyan_broker.desk import Desk
from tests.hongyan_broker.wire import Publish, connack, connect, suback, subscribe

NOW_MS = 1_700_000_000_000


class OpenDesk(Desk):
    """`keeps`: with a journal, which writes to the database that is open. `commits`: it does so in each turn."""

    def __init__(self, limits: Limits | None = None, *, keeps: bool = False, commits: bool = True) -> None:
        super().__init__(limits, make_road=partial(OpenRoad, keeps=keeps))
        self.commits = commits
        assert isinstance(self.plane.road, OpenRoad)
        self.road = self.plane.road
        self.plane.tick(NOW_MS)
        if keeps:
            self.road.restore(load_kept())

    def turn(self) -> None:
        super().turn()
        while self.commits and self.commit():
            super().turn()

    def commit(self) -> bool:
        """Write one batch of the journal; whether there was anything."""
        journal = self.road.journal
        if journal is None or journal.is_idle():
            return False
        save_changes(journal.take())
        journal.done(self._raise)
        return True

    @staticmethod
    def _raise(_: Connection | None, error: Exception) -> None:
        raise error

    def got(self, connection: Connection) -> list[tuple[str, bytes, int, bool]]:
        """Topic, payload, QoS and retain flag of what was delivered."""
        packets = [Publish(data) for data in self.take(connection) if data[0] >> 4 == 3]
        return [(p.topic, p.payload, p.qos, p.retain) for p in packets]

    def come(
        self, client_id: str, *filters: tuple[str, int], clean: bool = True, present: bool = False, **options: object
    ) -> Connection:
        """Connect and subscribe; both answers are checked and taken away, what follows them is not."""
        connection = self.open()
        self.feed(connection, connect(client_id, None, None, clean=clean, **options))  # type: ignore[arg-type]
        answers = [connack(present=present)]
        if filters:
            self.feed(connection, subscribe(1, *filters))
            answers.append(suback(1, *(qos for _, qos in filters)))
        expected = b"".join(answers)
        assert self.sent[connection].startswith(expected), self.sent[connection].hex(" ")
        self.sent[connection] = self.sent[connection][len(expected) :]
        return connection
