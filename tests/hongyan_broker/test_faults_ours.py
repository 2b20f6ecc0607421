"""An error of our own making costs the connection that it happened to, and nobody else."""

from __future__ import annotations

from contextlib import closing

import pytest

from hongyan_broker.plane.connection import Connection
from hongyan_broker.plane.plane import Plane
from tests.hongyan_broker.running import House
from tests.hongyan_broker.wire import PINGREQ, PINGRESP, Wire, connack, connect


def test_an_error_while_writing_costs_one_connection(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    written = Plane.written

    def fail_for_eve(plane: Plane, connection: Connection, socket_bytes: int) -> None:
        if connection.client_id == "eve1":
            raise RuntimeError("ours")
        written(plane, connection, socket_bytes)

    with closing(Wire(house.port)) as bob, closing(Wire(house.port)) as eve:
        bob.send(connect("bob1", "bob", house.password["bob"]))
        bob.expect(connack())
        monkeypatch.setattr(Plane, "written", fail_for_eve)
        eve.send(connect("eve1", "ann", house.password["ann"]), PINGREQ)
        while eve.next():
            pass  # what had left before, then the end
        bob.send(PINGREQ)
        bob.expect(PINGRESP)
    assert "'eve1': cannot write" in caplog.text
