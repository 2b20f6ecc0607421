"""`hongyan router`: the exchange as a client of Mosquitto.

paho's thread only posts events into one queue; the thread that runs the router owns everything else and makes all
calls to the exchange, so nothing here needs a lock.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from peewee import InterfaceError, OperationalError

from hongyan_broker.dynsec import CONTROL_TOPIC, RESPONSE_TOPIC
from hongyan_broker.mosquitto_setup import RouterAccess, init_mosquitto, load_access
from hongyan_broker.provisioning import Provisioner
from hongyan_broker.router_ledger import FallbackIds, Ledger, Upstream
from hongyan_broker.router_link import Arrived, Connected, Disconnected, Event, Published, Woken, connect
from hongyan_core.clock import now_ms
from hongyan_core.decisions import AccountChanged, Decided, Effect, Revoked, StoreUnavailable, Submission, Told
from hongyan_core.exchange import Exchange
from hongyan_core.settings import Settings

__all__ = ["Router", "init_mosquitto", "run_router"]
log = logging.getLogger(__name__)

# Plain filters, never $share: whoever joined the share would take messages away from the router.
FILTERS: Final = ("im/+/send/#", "im/+/read/#", "im/+/signal/#", "im/+/status/+")
WINDOW: Final = 1_000  # our unacknowledged publishes; max_inflight_messages in mosquitto.conf is the other direction
BATCH: Final = 500
_OUTBOX_S: Final = 0.05
_HOUSEKEEPING_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_FAREWELL_S: Final = 5.0


class Router:
    """One exchange behind one Mosquitto. `run` blocks; `stop` may be called from any thread and from a signal."""

    def __init__(self, exchange: Exchange, access: RouterAccess, server_key: bytes) -> None:
        self._exchange = exchange
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._client = connect(access, self._events, window=WINDOW)
        self._provisioner = Provisioner(server_key, self._send_commands)
        self._ledger = Ledger()
        self._fallback_ids = FallbackIds()
        self._batch: list[Upstream] = []  # taken, and not decided yet because the store cannot write
        self._pause_s = _FIRST_PAUSE_S
        self._store_rests_until = 0.0
        self._connected = False
        self._unanswered = False  # at the last look, a question to the dynamic-security plugin was open
        self._missed = False  # the database failed, perhaps amid a change of accounts
        self._outbox_due = self._housekeeping_due = 0.0
        self._stopping = threading.Event()

    def run(self) -> None:
        """Route until `stop`, then let what is half done get done, for at most five seconds."""
        self._client.loop_start()
        try:
            while not self._stopping.is_set():
                self._turn()
            self._finish()
        finally:
            self._client.disconnect()
            self._client.loop_stop()

    def stop(self) -> None:
        """Make `run` return soon."""
        self._stopping.set()
        self._events.put(Woken())

    def _turn(self) -> None:
        self._take_events()
        self._accept()
        self._pump()
        now = time.monotonic()
        if now >= self._outbox_due:
            self._outbox_due = now + _OUTBOX_S
            self._with_store(self._drain_outbox)
            self._with_store(self._run_due)
        if now >= self._housekeeping_due:
            self._housekeeping_due = now + _HOUSEKEEPING_S
            self._with_store(self._keep_house)

    def _finish(self) -> None:
        deadline = time.monotonic() + _FAREWELL_S
        while self._connected and not self._ledger.idle and time.monotonic() < deadline:
            self._take_events()
            self._pump()

    def _take_events(self) -> None:
        """Wait for an event, not beyond the next look at the outbox, then take all that have gathered."""
        try:
            self._handle(self._events.get(timeout=_OUTBOX_S))
            for _ in range(self._events.qsize()):
                self._handle(self._events.get_nowait())
        except Empty:
            pass

    def _handle(self, event: Event) -> None:
        match event:
            case Arrived():
                self._handle_message(event)
            case Published(packet_id):
                self._ledger.confirm(packet_id)
            case Connected():
                self._handle_connected()
            case Disconnected():
                self._handle_disconnected()

    def _handle_connected(self) -> None:
        log.info("connected to Mosquitto")
        self._connected = True
        self._client.subscribe([(topic_filter, 1) for topic_filter in (*FILTERS, RESPONSE_TOPIC)])
        self._provisioner.reconcile()

    def _handle_disconnected(self) -> None:
        """Mosquitto keeps what we have not acknowledged, and will send it again."""
        self._connected = False
        self._batch = []
        self._ledger.forget_upstream()

    def _handle_message(self, event: Arrived) -> None:
        if event.topic == RESPONSE_TOPIC:
            self._unanswered = False
            self._with_store(lambda: self._provisioner.handle_response(event.payload))
            return
        account = event.topic.split("/")[1]  # proven: acl.conf lets nobody else write below it
        fallback_id = self._fallback_ids.find(event.packet_id, event.topic, event.payload, dup=event.dup)
        submission = Submission(account, event.topic, event.payload, fallback_id)
        self._ledger.receive(Upstream(submission, event.packet_id))

    def _accept(self) -> None:
        """Decide what has gathered; while the store cannot write, the same batch waits and nothing is acknowledged."""
        self._batch = self._batch or self._ledger.take_batch(BATCH)
        if self._batch:
            self._with_store(self._decide)

    def _decide(self) -> None:
        decisions = self._exchange.accept([upstream.submission for upstream in self._batch])
        self._ledger.decide(self._batch, decisions)
        self._batch = []
        if self._ledger.has_undecided:
            self._events.put(Woken())

    def _pump(self) -> None:
        """Publish what is decided, as far as the window goes, and acknowledge what is delivered."""
        while self._connected and self._ledger.in_flight < WINDOW:
            publication = self._ledger.take_publication()
            if publication is None:
                break
            packet_id = self._publish(publication.topic, publication.payload, publication.qos)
            if publication.qos:
                self._ledger.sent(packet_id, publication)
        for packet_id in self._ledger.take_acknowledgements():
            self._client.ack(packet_id, 1)

    def _send_commands(self, payload: bytes) -> None:
        self._publish(CONTROL_TOPIC, payload)

    def _publish(self, topic: str, payload: bytes, qos: int = 1) -> int:
        # Not connected is no failure at QoS 1: paho keeps it and sends it after the next CONNACK.
        return self._client.publish(topic, payload, qos).mid

    def _drain_outbox(self) -> None:
        for effect in self._exchange.drain_outbox():
            self._apply(effect)

    def _run_due(self) -> None:
        for effect in self._exchange.run_due():
            self._apply(effect)

    def _apply(self, effect: Effect) -> None:
        match effect:
            case Told(delivery):
                self._ledger.deliver(delivery)
            case Decided(decision):
                for delivery in decision.deliveries:
                    self._ledger.deliver(delivery)
            case AccountChanged(account) | Revoked(account):
                # A new secret: Mosquitto closes all connections of the account, whichever credential was revoked.
                self._provisioner.provision(account)
                self._unanswered = False

    def _keep_house(self) -> None:
        for delivery in self._exchange.expire_leases():
            self._ledger.deliver(delivery)
        if self._connected and (self._missed or (self._provisioner.busy and self._unanswered)):
            log.info("comparing Mosquitto's accounts with the database again")
            self._missed = False
            self._provisioner.reconcile()
        self._unanswered = self._provisioner.busy

    def _with_store(self, action: Callable[[], None]) -> None:
        """Run what needs the database, unless it has failed a moment ago; the pauses grow while it goes on failing."""
        if time.monotonic() < self._store_rests_until:
            return
        try:
            action()
        except (StoreUnavailable, OperationalError, InterfaceError) as reason:
            log.warning("the database cannot be used now, trying again in %.1f s: %s", self._pause_s, reason)
            self._missed = True
            self._store_rests_until = time.monotonic() + self._pause_s
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        else:
            self._pause_s = _FIRST_PAUSE_S


def run_router(settings: Settings, credentials: Path) -> None:
    """Route until SIGTERM or SIGINT. The caller has opened the database.

    Args:
        settings: Limits and the server key.
        credentials: The folder that `init_mosquitto` has written.

    Raises:
        OSError: No `router.json` in the folder.
        ExchangeRunning: Another exchange works on this database.
    """
    access = load_access(credentials)
    exchange = Exchange(limits=settings.limits, now_ms=now_ms, leases=True)
    exchange.open()
    try:
        router = Router(exchange, access, settings.secret_key)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: router.stop())
        router.run()
    finally:
        exchange.close()
