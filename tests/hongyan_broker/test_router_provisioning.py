from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hongyan_broker.provisioning import Provisioner
from hongyan_core.store.database import open_database
from hongyan_core.store.models import Account
from tests.support.cast import make_account


class Plugin:
    """Mosquitto's side: what was sent to it, and answers by hand."""

    def __init__(self) -> None:
        self.sent: list[list[dict[str, Any]]] = []
        self.provisioner = Provisioner(bytes(32), lambda payload: self.sent.append(json.loads(payload)["commands"]))

    def take(self) -> list[tuple[str, str]]:
        """The commands since the last call: (command, account)."""
        taken = [(c["command"], c.get("username", "")) for commands in self.sent for c in commands]
        self.sent.clear()
        return taken

    def answer(self, *responses: dict[str, Any]) -> None:
        self.provisioner.handle_response(json.dumps({"responses": responses}).encode())

    def list_clients(self, *names: str, total: int | None = None) -> None:
        clients = [{"username": name, "roles": [{"rolename": "member"}]} for name in names]
        data = {"totalCount": len(names) if total is None else total, "clients": clients}
        self.answer({"command": "listClients", "data": data})


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Plugin]:
    database = open_database(f"sqlite:///{tmp_path / 'hongyan.sqlite3'}")
    make_account("ann")
    make_account("bob", mqtt_generation=3, mqtt_provisioned=2)
    make_account("eve", mqtt_generation=2, mqtt_provisioned=2)
    yield Plugin()
    database.close()


def provisioned(name: str) -> int:
    generation: int = Account.get(name=name).mqtt_provisioned
    return generation


def test_it_asks_page_by_page_and_then_sends_what_is_missing(plugin: Plugin) -> None:
    plugin.provisioner.reconcile()
    assert plugin.take() == [("listClients", "")]
    plugin.list_clients("bob", total=3)
    assert plugin.sent[0][0]["offset"] == 1
    assert plugin.take() == [("listClients", "")]
    plugin.list_clients("eve", "mallory", total=3)
    assert plugin.take() == [("createClient", "ann"), ("setClientPassword", "bob"), ("deleteClient", "mallory")]
    assert plugin.provisioner.busy


def test_an_answer_is_noted_with_the_generation_that_was_sent(plugin: Plugin) -> None:
    plugin.provisioner.provision("bob")
    Account.update(mqtt_generation=4).where(Account.name == "bob").execute()  # revoked again meanwhile
    plugin.answer({"command": "setClientPassword", "correlationData": "bob 3"})
    assert provisioned("bob") == 3
    plugin.provisioner.provision("bob")
    plugin.answer({"command": "setClientPassword", "correlationData": "bob 4"})
    assert provisioned("bob") == 4
    assert not plugin.provisioner.busy


def test_the_same_change_twice_is_one_command(plugin: Plugin) -> None:
    for _ in range(2):  # a revocation is told as `account` and as `revoked`
        plugin.provisioner.provision("bob")
    plugin.answer({"command": "setClientPassword", "correlationData": "bob 3"})
    plugin.provisioner.provision("bob")
    assert plugin.take() == [("setClientPassword", "bob")]


def test_what_mosquitto_knows_already_gets_its_secret(plugin: Plugin) -> None:
    plugin.provisioner.provision("ann")
    plugin.answer({"command": "createClient", "correlationData": "ann 1", "error": "Client already exists"})
    assert plugin.take() == [("createClient", "ann"), ("setClientPassword", "ann")]
    assert provisioned("ann") == 0
    plugin.answer({"command": "setClientPassword", "correlationData": "ann 1"})
    assert provisioned("ann") == 1


def test_a_disabled_account_is_deleted_and_may_come_back(plugin: Plugin) -> None:
    Account.update(disabled_at_ms=5).where(Account.name == "eve").execute()
    plugin.provisioner.provision("eve")
    plugin.answer({"command": "deleteClient", "correlationData": "eve 0"})
    assert provisioned("eve") == 0
    Account.update(disabled_at_ms=None).where(Account.name == "eve").execute()
    plugin.provisioner.provision("eve")
    assert plugin.take() == [("deleteClient", "eve"), ("createClient", "eve")]


def test_a_refusal_is_logged_and_not_tried_for_ever(plugin: Plugin, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        plugin.provisioner.provision("ann")
        plugin.answer({"command": "createClient", "correlationData": "ann 1", "error": "Internal error"})
    assert caplog.messages == ["Mosquitto refused createClient of ann: Internal error"]
    assert plugin.take() == [("createClient", "ann")]
    assert not plugin.provisioner.busy


def test_many_accounts_are_sent_in_parts(plugin: Plugin) -> None:
    for number in range(40):
        make_account(f"bot-{number:02}")
    plugin.provisioner.reconcile()
    plugin.list_clients("ann", "bob", "eve")
    plugin.take()
    sizes = []
    while plugin.provisioner.busy:
        waiting = sorted(plugin.provisioner._sent, key=lambda command: command.account)
        sizes.append(len(waiting))
        plugin.answer(*({"command": c.verb, "correlationData": f"{c.account} {c.generation}"} for c in waiting))
    assert sizes == [20, 20, 2]  # 40 bots, ann and bob
    assert not Account.select().where(Account.mqtt_provisioned != Account.mqtt_generation).exists()


def test_an_account_that_the_database_does_not_know_is_nobody(plugin: Plugin) -> None:
    plugin.provisioner.provision("nobody")
    assert plugin.take() == []
