"""The router between real Mosquitto, real clients and a real database."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from peewee import Database

from hongyan.limits import Limits
from hongyan_broker.dynsec import CONTROL_TOPIC, RESPONSE_TOPIC, Command, Verb, encode_commands
from hongyan_broker.mosquitto_setup import load_access
from hongyan_broker.router import Router
from hongyan_core.actions.blocks import block_account
from hongyan_core.actions.credentials import issue_credential, mqtt_secret, revoke_credential
from hongyan_core.actions.registration import register_account
from hongyan_core.clock import now_ms
from hongyan_core.decisions import Decision, StoreUnavailable, Submission
from hongyan_core.exchange import Exchange
from hongyan_core.store.database import open_database
from hongyan_core.store.models import Account, StoredMessage
from tests.support.cast import make_account, make_friends
from tests.support.mosquitto import Mosquitto
from tests.support.mqtt import Client, Received
from tests.support.waiting import wait_for

KEY = bytes(range(32))
PROGRAM = """
import sys
from pathlib import Path
from hongyan_broker.router import run_router
from hongyan_core.settings import Settings
from hongyan_core.store.database import open_database
from hongyan.limits import Limits
settings = Settings(data_dir=Path(sys.argv[1]), secret_key=bytes(range(32)), limits=Limits().lifted())
open_database(settings.resolved_database_url)
run_router(settings, Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def running_mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def mosquitto(running_mosquitto: Mosquitto) -> Mosquitto:
    """A clean one for each test would cost more: the router deletes the accounts that its database does not know."""
    return running_mosquitto


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path / 'hongyan.sqlite3'}")
    ann, bob = make_account("ann"), make_account("bob")
    make_account("eve")
    make_friends(ann, bob)
    yield opened
    opened.close()


class StallingExchange(Exchange):
    """An exchange whose store can be made unable to write."""

    def __init__(self) -> None:
        super().__init__(limits=Limits().lifted(), now_ms=now_ms, leases=True)
        self.stalled = False
        self.refused = threading.Event()

    def accept(self, batch: Sequence[Submission]) -> list[Decision]:
        if self.stalled and batch:
            self.refused.set()
            raise StoreUnavailable("the disk is full")
        return super().accept(batch)


class RouterThread:
    """A router in this process."""

    def __init__(self, mosquitto: Mosquitto, database: Database) -> None:
        self.exchange = StallingExchange()
        self.router = Router(self.exchange, mosquitto.access, KEY)
        self._database = database
        self._thread = threading.Thread(target=self._run, name="router")

    def _run(self) -> None:
        self.exchange.open()
        try:
            self.router.run()
        finally:
            self.exchange.close()
            self._database.close()

    def start(self) -> None:
        self._thread.start()
        wait_until_provisioned("ann", "bob", "eve")

    def stop(self) -> None:
        self.router.stop()
        self._thread.join(10)
        assert not self._thread.is_alive()

    def cut(self) -> None:
        """End its connection as a lost network does."""
        sock = self.router._client.socket()
        assert sock is not None
        sock.shutdown(2)


class RouterProcess:
    """`run_router` in a process of its own."""

    def __init__(self, data_dir: Path, mosquitto: Mosquitto) -> None:
        self._command = [sys.executable, "-W", "error", "-c", PROGRAM, str(data_dir), str(mosquitto.folder)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate(timeout=10)

    def stop(self) -> tuple[int, bytes]:
        """SIGTERM; returns the exit code and what it has logged."""
        assert self._process is not None
        self._process.terminate()
        _, log = self._process.communicate(timeout=15)
        return self._process.returncode, log


@pytest.fixture
def router(mosquitto: Mosquitto, database: Database) -> Iterator[RouterThread]:
    thread = RouterThread(mosquitto, database)
    thread.start()
    yield thread
    thread.stop()


def wait_until_provisioned(*names: str) -> None:
    waiting = (Account.name.in_(names)) & (Account.mqtt_provisioned != Account.mqtt_generation)
    wait_for(lambda: not Account.select().where(waiting).exists(), what=f"Mosquitto to know {names}")


def enter(mosquitto: Mosquitto, name: str, *filters: str, **options: object) -> Client:
    """Connect as `name` with the account's MQTT secret, and subscribe."""
    client = Client(mosquitto.port, name, mqtt_secret(Account.get(name=name), KEY), **options)  # type: ignore[arg-type]
    assert client.connack == "Success"
    if filters:
        client.subscribe(*(f"im/{name}/{tail}" for tail in filters))
    return client


def is_let_in(mosquitto: Mosquitto, name: str, password: str) -> bool:
    client = Client(mosquitto.port, name, password)
    client.close()
    return client.connack == "Success"


def add_foreign_member(mosquitto: Mosquitto, name: str, password: str) -> None:
    """An account of a database that is gone."""
    operator = Client(mosquitto.port, "router", mosquitto.access.password)
    operator.subscribe(RESPONSE_TOPIC)
    operator.publish(CONTROL_TOPIC, encode_commands([Command(Verb.CREATE, name, 1)], lambda *_: password))
    operator.receive()
    operator.close()
    assert is_let_in(mosquitto, name, password)


@pytest.fixture
def ann(router: RouterThread, mosquitto: Mosquitto) -> Iterator[Client]:
    client = enter(mosquitto, "ann", "inbox/#", "sent/#", "notice")
    yield client
    client.close()


@pytest.fixture
def bob(router: RouterThread, mosquitto: Mosquitto) -> Iterator[Client]:
    client = enter(mosquitto, "bob", "inbox/#", "sent/#", "notice")
    yield client
    client.close()


def text(message_id: str, body: str = "hello") -> dict[str, object]:
    return {"id": message_id, "kind": "text", "body": body}


def stored_seqs() -> list[int]:
    return [message.seq for message in StoredMessage.select().order_by(StoredMessage.position)]


def test_a_message_comes_back_stamped_and_reaches_the_friend(ann: Client, bob: Client) -> None:
    before_ms = now_ms()
    ann.publish("im/ann/send/user/bob", text("m1"))
    stamp, message = ann.receive(), bob.receive()
    assert (stamp.topic, message.topic) == ("im/ann/sent/user/bob", "im/bob/inbox/user/ann")
    assert stamp.payload == message.payload
    at_ms = stamp.json.pop("at")
    expected = {"id": "m1", "kind": "text", "body": "hello", "from": "ann", "to": "user/bob", "seq": 1}
    assert stamp.json == expected | {"at": at_ms}
    assert before_ms <= at_ms <= now_ms()


def test_a_stranger_is_refused_with_a_notice(ann: Client) -> None:
    ann.publish("im/ann/send/user/eve", text("m1"))
    refusal = ann.receive()
    assert refusal.topic == "im/ann/notice"
    assert (refusal.json["type"], refusal.json["id"], refusal.json["code"]) == ("rejected", "m1", "not_friends")
    assert stored_seqs() == []


def test_a_block_holds_from_the_next_message(ann: Client, bob: Client) -> None:
    ann.publish("im/ann/send/user/bob", text("m1"))
    assert bob.receive().json["id"] == "m1"
    assert ann.receive().json["seq"] == 1
    block_account(Account.get(name="bob"), "ann", at_ms=now_ms())
    ann.publish("im/ann/send/user/bob", text("m2"))
    assert ann.receive().json["code"] == "blocked"
    assert bob.receive().json["type"] == "blocked"  # told to the owner's own devices
    assert bob.messages.empty()


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        ("im/ann/send/user/bob", b"x" * 65_537, "too_large"),
        ("im/ann/send/user/bob", b"\xff", "malformed"),
        ("im/ann/send/user/bob", b'{"id":"a","kind":"text","body":"\\ud800"}', "malformed"),
        ("im/ann/send/user/bob", b'{"id":"a","kind":"text","body":"\\u0000"}', "malformed"),
        ("im/ann/send/user/bob", b'{"n":' + b"9" * 40 + b"}", "malformed"),
        ("im/ann/send/user/bob", b"", "malformed"),
        ("im/ann/send/user/Bob", b"hello", "forbidden_topic"),
        ("im/ann/send/user/b.b", b"hello", "forbidden_topic"),
        ("im/ann/send/group/lab", b"hello", "not_member"),
        ("im/ann/status/a.b", b"{}", "forbidden_topic"),
    ],
    ids=["too large", "no UTF-8", "surrogate", "NUL", "40 digits", "empty", "case", "dot", "group", "device"],
)
def test_bad_input_gets_its_notice_and_spoils_nothing_beside_it(
    ann: Client, bob: Client, topic: str, payload: bytes, code: str
) -> None:
    ann.publish("im/ann/send/user/bob", text("before"))
    ann.publish(topic, payload)
    ann.publish("im/ann/send/user/bob", text("after"))
    answers = [ann.receive() for _ in range(3)]
    assert [answer.json.get("code", answer.json["id"]) for answer in answers] == ["before", code, "after"]
    assert [bob.receive().json["seq"], bob.receive().json["seq"]] == [1, 2]


def test_a_device_takes_part_with_stock_tools(bob: Client, mosquitto: Mosquitto) -> None:
    thermo = register_account("thermo", "long enough", "Thermometer", "en", at_ms=now_ms())
    make_friends(thermo, Account.get(name="bob"))
    wait_until_provisioned("thermo")
    address = ["-h", "127.0.0.1", "-p", str(mosquitto.port), "-u", "thermo", "-P", mqtt_secret(thermo, KEY)]
    message = ["-t", "im/thermo/send/user/bob", "-q", "1", "-m", "21.5"]
    subprocess.run(["mosquitto_pub", *address, *message], check=True, timeout=10)
    received = bob.receive().json
    assert (received["from"], received["kind"], received["body"], received["seq"]) == ("thermo", "text", "21.5", 1)


def test_presence_reaches_friends_and_the_will_says_when_it_ends(bob: Client, mosquitto: Mosquitto) -> None:
    bob.subscribe("im/bob/live/#")
    ann = enter(mosquitto, "ann", will=("im/ann/status/laptop", b'{"state":"offline"}'))
    ann.publish("im/ann/status/laptop", {"state": "online", "text": "here"})
    online = bob.receive()
    assert online.topic == "im/bob/live/presence/ann"
    assert (online.json["state"], online.json["text"]) == ("online", "here")
    ann.cut()
    assert bob.receive().json["state"] == "offline"


def test_an_account_that_registers_is_let_in_within_moments(router: RouterThread, mosquitto: Mosquitto) -> None:
    register_account("carol", "long enough", "Carol", "en", at_ms=now_ms())
    wait_until_provisioned("carol")
    enter(mosquitto, "carol").close()


def test_a_revoked_credential_ends_the_connection_and_the_secret(
    ann: Client, bob: Client, mosquitto: Mosquitto
) -> None:
    account = Account.get(name="ann")
    old_secret = mqtt_secret(account, KEY)
    credential, _ = issue_credential(account, "device", "phone", at_ms=now_ms())
    revoke_credential(account, credential.id, at_ms=now_ms())
    ann.wait_for_end()
    wait_until_provisioned("ann")
    assert not is_let_in(mosquitto, "ann", old_secret)
    enter(mosquitto, "ann").close()
    assert not bob.ended


def test_a_fresh_mosquitto_learns_all_accounts_and_forgets_foreign_ones(
    mosquitto: Mosquitto, database: Database
) -> None:
    add_foreign_member(mosquitto, "mallory", "mallory's secret")
    Account.update(mqtt_provisioned=Account.mqtt_generation).execute()  # another Mosquitto knew them
    router = RouterThread(mosquitto, database)
    router.start()
    try:
        wait_for(lambda: is_let_in(mosquitto, "eve", mqtt_secret(Account.get(name="eve"), KEY)))
        wait_for(lambda: not is_let_in(mosquitto, "mallory", "mallory's secret"))
    finally:
        router.stop()


def test_what_is_sent_while_the_router_is_down_waits_for_it(mosquitto: Mosquitto, database: Database) -> None:
    first = RouterThread(mosquitto, database)
    first.start()
    ann = enter(mosquitto, "ann", "sent/#")
    first.stop()
    for number in range(300):
        ann.publish_and_wait("im/ann/send/user/bob", text(f"m{number}"))
    assert stored_seqs() == []
    second = RouterThread(mosquitto, database)
    second.start()
    stamps = [ann.receive().json for _ in range(300)]
    second.stop()
    assert [(stamp["id"], stamp["seq"]) for stamp in stamps] == [(f"m{n}", n + 1) for n in range(300)]
    assert ann.messages.empty()
    ann.close()


def test_while_the_store_cannot_write_messages_wait_and_then_come_once(
    router: RouterThread, ann: Client, bob: Client
) -> None:
    router.exchange.stalled = True
    ann.publish("im/ann/send/user/bob", b"without an id")
    assert router.exchange.refused.wait(10)
    assert bob.messages.empty()
    router.exchange.stalled = False
    assert bob.receive().json["body"] == "without an id"
    assert stored_seqs() == [1]


def test_a_message_without_an_id_is_stored_once_when_the_routers_connection_breaks(
    router: RouterThread, ann: Client, bob: Client
) -> None:
    router.exchange.stalled = True
    ann.publish("im/ann/send/user/bob", b"without an id")
    assert router.exchange.refused.wait(10)
    router.cut()
    router.exchange.stalled = False
    ann.publish("im/ann/send/user/bob", text("after"))
    ann.receive_until(lambda message: message.json["id"] == "after")
    assert stored_seqs() == [1, 2]
    assert bob.receive().json["body"] == "without an id"


def test_deliveries_survive_a_restart_of_mosquitto(
    router: RouterThread, mosquitto: Mosquitto, database: Database
) -> None:
    bob = enter(mosquitto, "bob", "inbox/#", client_id="bob-laptop", clean_session=False)
    bob.close()
    ann = enter(mosquitto, "ann", "sent/#")
    ann.publish("im/ann/send/user/bob", text("m1"))
    ann.receive()
    mosquitto.stop()
    ann.close()
    mosquitto.start()
    ann = enter(mosquitto, "ann", "sent/#")
    ann.publish("im/ann/send/user/bob", text("m2"))
    ann.receive(timeout_s=20)
    bob = enter(mosquitto, "bob", client_id="bob-laptop", clean_session=False)
    received = bob.receive_until(lambda message: message.json["id"] == "m2")
    # m1 may come twice: Mosquitto may have stopped before the router's acknowledgement reached it.
    assert list(dict.fromkeys(message.json["id"] for message in received)) == ["m1", "m2"]
    ann.close()
    bob.close()


def test_nothing_is_lost_or_doubled_when_the_router_is_killed_in_the_middle(
    mosquitto: Mosquitto, database: Database, tmp_path: Path
) -> None:
    process = RouterProcess(tmp_path, mosquitto)
    process.start()
    wait_until_provisioned("ann", "bob", "eve")
    ann, bob = enter(mosquitto, "ann", "sent/#"), enter(mosquitto, "bob", "inbox/#")
    received: list[Received] = []
    for part in range(4):
        for number in range(part * 250, part * 250 + 250):
            ann.publish("im/ann/send/user/bob", text(f"m{number}"))
        received.append(bob.receive(timeout_s=20))  # some of them are through, others are on their way
        process.kill()
        process.start()
    received += bob.receive_until(lambda message: message.json["id"] == "m999", timeout_s=40)
    code, log = process.stop()
    assert (code, log) == (0, b"")
    assert stored_seqs() == list(range(1, 1001))
    assert list(dict.fromkeys(message.json["seq"] for message in received)) == list(range(1, 1001))
    assert {message.json["id"]: message.json["seq"] for message in received} == {f"m{n}": n + 1 for n in range(1000)}
    ann.close()
    bob.close()


def test_without_credentials_it_says_which_command_makes_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="hongyan router --init-mosquitto"):
        load_access(tmp_path)
