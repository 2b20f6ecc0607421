"""What was measured of plain amqtt 0.12.1, each as a function from clients at a broker to what can be seen of it."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from contextlib import suppress

import psutil
from websockets.sync.client import connect as open_websocket
from websockets.typing import Subprotocol

from tests.hongyan_broker.cases import Case, load, read_bytes
from tests.hongyan_broker.clients import TOPIC, Clients, is_closed_by, is_open, leave, reset, text_of
from tests.hongyan_broker.wire import Wire, connect, puback, publish, suback, subscribe, text, unsubscribe

# --- before the password is right


def texts_left_after_a_wrong_password(clients: Clients) -> list[str]:
    leave(clients.listen(clean=False))
    clients.enter("bob", password="wrong").next()
    clients.say("1")
    return clients.hear_texts(clients.come("bob", clean=False), 1)


def stays_connected_beside_a_wrong_password(clients: Clients) -> bool:
    bob = clients.listen(clean=False)
    clients.enter("bob", password="wrong", clean=False).next()
    return is_open(bob)


def robbed_will(clients: Clients) -> list[str]:
    bob = clients.listen()
    ann = clients.come("ann", clean=False)
    clients.enter("ann", password="wrong", clean=False, will=(TOPIC, b"robbed")).next()
    ann.close()
    clients.say("end", ann=clients.come("ann", "ann-2"))
    return clients.hear_until_end(bob)


def closes_a_packet_of_200_megabytes_at_its_header(clients: Clients) -> bool:
    wire = clients.open()
    wire.send(b"\x30\x80\x84\xaf\x5f")
    return is_closed_by(wire, time.monotonic() + clients.patience_s)


def closes_a_silent_socket(clients: Clients) -> bool:
    return is_closed_by(clients.open(), time.monotonic() + clients.patience_s)


def serves_after_clients_that_reset_before_their_connack(clients: Clients) -> bool:
    """Twenty-five of them, where twenty connections are the limit."""
    for number in range(25):
        reset(clients.enter("ann", f"hasty-{number}", keep_alive=0))
    return _are_served_at_last(clients)


def _are_served_at_last(clients: Clients) -> bool:
    """Whether somebody is let in, at the latest at the third time of asking: resets take their time."""
    return any(clients.are_served() for _ in range(3))


def finds_what_was_said_after_a_hasty_reconnect(clients: Clients) -> bool:
    """Whether one whose last connection ended before its CONNACK misses nothing: a race, so up to ten times."""
    return all(_finds_it_after_a_hasty_reconnect(clients, f"bob-{number}") for number in range(10))


def _finds_it_after_a_hasty_reconnect(clients: Clients, client_id: str) -> bool:
    leave(clients.listen(client_id=client_id, clean=False))
    reset(clients.enter("bob", client_id, clean=False, keep_alive=0))
    clients.say("1")
    return clients.hear_texts(clients.enter("bob", client_id, clean=False), 1) == ["1"]


def serves_after_an_empty_websocket_frame(clients: Clients) -> bool:
    url = f"ws://127.0.0.1:{clients.place.web_port}/mqtt"
    with open_websocket(url, subprotocols=[Subprotocol("mqtt")], proxy=None, close_timeout=0.2) as websocket:
        websocket.send(b"")
    return clients.are_served()


# --- whose session, whose message


def texts_for_another_account(clients: Clients) -> list[str]:
    leave(clients.listen(clean=False))
    witness = clients.listen(client_id="bob-2")  # when it hears the message, that is queued for the other too
    clients.say("1")
    witness.next_publish()
    return clients.hear_texts(clients.enter("eve", "bob", clean=False), 1, silence_s=1.0)


def forged_will(clients: Clients) -> list[str]:
    bob = clients.listen()
    clients.enter("eve", will=(TOPIC, b"forged")).close()
    return clients.hear_texts(bob, 1, silence_s=1.0)


def retained_texts_that_eve_reads(clients: Clients) -> list[str]:
    _retain(clients, TOPIC, b"private")
    eve = clients.come("eve")
    eve.send(subscribe(1, ("#", 1)))
    return clients.hear_texts(eve, 1, silence_s=1.0)


def retained_texts_without_a_subscription(clients: Clients) -> list[str]:
    clients.listen("r/#")
    _retain(clients, "r/1", b"retained")
    return clients.hear_texts(clients.come("eve"), 1, silence_s=1.0)


def _retain(clients: Clients, topic: str, payload: bytes) -> None:
    ann = clients.come("ann")
    ann.send(bytes([0x33]) + publish(topic, payload, 1)[1:])
    ann.expect(puback(1))


# --- delivery


def delivered_of_a_thousand_acknowledged(clients: Clients) -> int:
    bob = clients.listen()
    ann = clients.come("ann", at_least_s=20.0)
    ann.send(*(publish(TOPIC, b"x", n) for n in range(1, 1_001)))
    for _ in range(1_000):
        ann.next()
    reset(ann)
    return len(clients.hear(bob, 1_000))


def still_open_after_its_keep_alive(clients: Clients) -> bool:
    wire = clients.come("ann", keep_alive=1)  # so a second and a half
    return not is_closed_by(wire, time.monotonic() + max(clients.patience_s, 2.5))


def dup_and_texts_again_without_a_puback(clients: Clients) -> list[tuple[bool, str]]:
    bob = clients.listen(clean=False)
    clients.say("1")
    assert clients.hear_texts(bob, 2, silence_s=5.5, acknowledges=False) == ["1"]
    bob.close()
    again = clients.hear(clients.come("bob", clean=False), 1)
    return [(one.dup, text_of(one)) for one in again]


def texts_after_a_take_over(clients: Clients) -> list[str]:
    old = clients.listen(clean=False)
    new = clients.come("bob", clean=False)
    with suppress(OSError):
        old.next()  # it is closed
    clients.say("1")
    return clients.hear_texts(new, 1)


def keeps_the_order_over_reconnects(clients: Clients) -> bool:
    """Whether what comes while the queue is read comes after it: a race, so at many moments, or until it is lost."""
    ann = clients.come("ann", at_least_s=20.0)
    leave(clients.listen("t/2", clean=False))
    return all(_keeps_the_order_once(clients, ann, moment) for moment in (30, 10, 50, 1, 20, 40, 5, 70, 100, 15) * 6)


def _keeps_the_order_once(clients: Clients, ann: Wire, moment: int) -> bool:
    """Bob comes when so many of 150 are acknowledged."""
    ann.send(*(publish("t/2", b"%d" % n, n) for n in range(1, 151)))
    ann.expect(*(puback(n) for n in range(1, moment + 1)))
    bob = clients.enter("bob", clean=False)
    came = [int(one.payload) for one in clients.hear(bob, 150)]
    ann.expect(*(puback(n) for n in range(moment + 1, 151)))
    leave(bob)
    return came == list(range(1, 151))


def queued_of_1500_for_one_who_is_away(clients: Clients) -> int:
    leave(clients.listen("t/9", clean=False))
    ann = clients.come("ann", at_least_s=20.0)
    for _ in range(3):
        ann.send(*(publish("t/9", b"x", n) for n in range(1, 501)))
        ann.expect(*(puback(n) for n in range(1, 501)))
    bob = clients.come("bob", clean=False)
    first = clients.hear(bob, 1, silence_s=5.0)
    clients.say("end", topic="t/9", ann=ann)
    return len(first) + len(clients.hear_until_end(bob))


def retain_flags_of_queued_messages(clients: Clients) -> list[bool]:
    leave(clients.listen("t/3", clean=False))
    witness = clients.listen("t/3", client_id="bob-2")  # when it hears the messages, they are queued for the other too
    clients.say("1", "2", topic="t/3")
    assert len(clients.hear(witness, 2, silence_s=5.0)) == 2
    return [one.retain for one in clients.hear(clients.come("bob", clean=False), 2, silence_s=5.0)]


def texts_after_a_restart(clients: Clients) -> list[str]:
    leave(clients.listen(clean=False))
    clients.say("1", "2")
    clients.place.restart()
    return clients.hear_texts(clients.come("bob", clean=False), 2)


def lost_during_churn(clients: Clients) -> int:
    """Of a hundred to the first bob that misses some, while fifty others unsubscribe one by one."""
    others, bobs = [], []
    for number in range(50):
        others.append(_subscribed(clients, f"other-{number}"))
        if number % 5 == 4:
            bobs.append(_subscribed(clients, f"bob-{number}"))
    ann = clients.come("ann", at_least_s=20.0)
    ann.send(*(publish("t/4", b"x", n) for n in range(1, 101)))
    heard = 0
    for other in others:
        heard += len(clients.hear(bobs[0], 1))  # the pace
        other.send(unsubscribe(2, "t/4"))
    lost = 100 - heard - len(clients.hear(bobs[0], 100 - heard))
    for bob in bobs[1:]:
        lost = lost or 100 - len(clients.hear(bob, 100))
    return lost


def _subscribed(clients: Clients, client_id: str) -> Wire:
    wire = clients.come("ann", client_id)
    wire.send(subscribe(1, ("t/4", 1)))
    wire.expect(suback(1, 1))
    return wire


def qos_after_subscribing_again(clients: Clients) -> list[int]:
    bob = clients.listen("t/5", 0)
    bob.send(subscribe(2, ("t/5", 1)))
    bob.expect(suback(2, 1))
    clients.say("1", topic="t/5")
    return [one.qos for one in clients.hear(bob, 1, silence_s=5.0)]


def qos_of_a_message_of_qos_0(clients: Clients) -> list[int]:
    bob = clients.listen("t/6", 1)
    clients.come("ann").send(publish("t/6", b"x"))
    return [one.qos for one in clients.hear(bob, 1, silence_s=5.0)]


def texts_after_a_publish_to_dollar(clients: Clients) -> list[str]:
    bob = clients.listen("t/7")
    ann = clients.come("ann")
    ann.send(publish("$x/1", b"hidden", 1), publish("t/7", b"after", 2))
    return clients.hear_texts(bob, 1)


def malformed_inputs_that_stay_open(clients: Clients) -> int:
    """Of the wire cases of one client that must end: how many do not."""
    waiting = []
    for case in filter(_ends_alone, load("connect") + load("publish") + load("subscribe") + load("packets")):
        wire = clients.open()
        for step in case.steps:
            notations = [step.send] if isinstance(step.send, str) else step.send
            with suppress(OSError):
                wire.send(*(_with_a_name(read_bytes(one)) for one in notations))
        waiting.append(wire)
    deadline_s = time.monotonic() + clients.patience_s
    return sum(not is_closed_by(wire, deadline_s) for wire in waiting)


def _ends_alone(case: Case) -> bool:
    alone = {step.client for step in case.steps} == {"ann"}
    return alone and case.steps[-1].closed and not any(step.after_s for step in case.steps)


def _with_a_name(data: bytes) -> bytes:
    """The plain CONNECT of the cases with ann's name and password: amqtt's rules want them."""
    return connect("a", "ann", "secret") if data == connect("a", None, None) else data


# --- what it costs


def connections_of_300_that_may_wait(clients: Clients) -> int:
    """While the broker is stopped, those that the kernel completes for it: the listen backlog."""
    knocking = [socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) for _ in range(300)]
    os.kill(clients.place.pid, signal.SIGSTOP)
    try:
        for one in knocking:
            one.connect_ex(("127.0.0.1", clients.place.port))
        return len(select.select([], knocking, [], 0.3)[1])
    finally:
        os.kill(clients.place.pid, signal.SIGCONT)
        for one in knocking:
            one.close()


def _memory_kib(clients: Clients) -> float:
    return psutil.Process(clients.place.pid).memory_info().rss / 1_024


def _cpu_s(clients: Clients) -> float:
    return sum(psutil.Process(clients.place.pid).cpu_times()[:2])


def kib_a_bad_login(clients: Clients) -> float:
    def try_200_times() -> float:
        before = _memory_kib(clients)
        for number in range(200):
            wire = clients.enter("ann", f"bad-{number}", password="wrong")
            wire.next()
            wire.close()
        return _memory_kib(clients) - before

    try_200_times()  # what the first ones cost once
    return try_200_times() / 200


def kib_a_socket_before_its_sign_in(clients: Clients) -> float:
    """Thirty CONNECTs of 268 MB, of which client identifier, will and half of a name come."""
    long = text("x" * 65_535)
    almost = b"\x10\xff\xff\xff\x7f" + text("MQTT") + b"\x04\xc6\0\0" + 3 * long + long[:30_000]
    ann = clients.come("ann")
    before, strangers = _memory_kib(clients), [clients.open() for _ in range(30)]
    for stranger in strangers:
        with suppress(OSError):  # it is closed at the header
            stranger.send(almost)
    for _ in range(10):  # until it has read them
        assert is_open(ann)
    return (_memory_kib(clients) - before) / 30


def kib_a_filter_that_has_gone(clients: Clients) -> float:
    bob = clients.come("bob")

    def come_and_go(start: int) -> float:
        before = _memory_kib(clients)
        for number in range(start, start + 2_000, 100):
            filters = [f"gone/{each}/{'x' * 1_000}" for each in range(number, number + 100)]
            bob.send(subscribe(1, *((name, 1) for name in filters)))
            assert bob.next()[0] == 0x90
            bob.send(unsubscribe(2, *filters))
            assert bob.next()[0] == 0xB0
        return _memory_kib(clients) - before

    come_and_go(0)  # what the first ones cost once
    return come_and_go(2_000) / 2_000


def kib_for_a_consumer_that_never_reads(clients: Clients) -> float:
    bob = clients.come("bob")
    bob.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    bob.send(subscribe(1, ("t/8", 0)))
    bob.expect(suback(1, 0))
    ann = clients.come("ann", at_least_s=30.0)
    before = _memory_kib(clients)
    for _ in range(100):
        ann.send(publish("t/8", bytes(3_072)) * 100)
    assert is_open(ann, 30.0)
    return _memory_kib(clients) - before


def kib_an_idle_connection(clients: Clients) -> float:
    def hold_200(start: int) -> float:
        before = _memory_kib(clients)
        for number in range(start, start + 200):
            wire = clients.come("ann", f"idle-{number}")
            wire.send(subscribe(1, (f"idle/{number}", 1)))
            wire.next()
        return _memory_kib(clients) - before

    hold_200(0)  # what the first ones cost once
    return hold_200(200) / 200


def growth_of_a_subscribes_price(clients: Clients) -> float:
    """What 300 SUBSCRIBEs cost beside 2,000 subscriptions, as a multiple of what they cost before."""
    bob = clients.come("bob", at_least_s=20.0)

    def subscribe_300_times() -> float:
        before = _cpu_s(clients)
        for _ in range(30):
            bob.send(subscribe(1, ("few", 1)) * 10)
            bob.expect(*(suback(1, 1) for _ in range(10)))
        return _cpu_s(clients) - before

    alone = subscribe_300_times()
    for start in range(0, 2_000, 100):
        bob.send(subscribe(1, *((f"many/{number}", 1) for number in range(start, start + 100))))
        bob.next()
    return subscribe_300_times() / max(alone, 0.05)  # a clock of hundredths
