from __future__ import annotations

from hongyan.errors import Code
from hongyan.topics import Branch
from hongyan_broker.router_ledger import FallbackIds, Ledger, Publication, Upstream
from hongyan_core.decisions import Accepted, Delivery, Refused, Submission

INBOX = Delivery(("bob",), Branch.INBOX, "user/ann", b"stamped", position=1)
SENT = Delivery(("ann",), Branch.SENT, "user/bob", b"stamped", position=1)
NOTICE = Delivery(("ann",), Branch.NOTICE, "", b"no")


def arrive(ledger: Ledger, packet_id: int) -> Upstream:
    upstream = Upstream(Submission("ann", "im/ann/send/user/bob", b"hi", "f"), packet_id)
    ledger.receive(upstream)
    return upstream


def publish_all(ledger: Ledger, first_packet_id: int = 100) -> list[Publication]:
    published = []
    while (publication := ledger.take_publication()) is not None:
        if publication.qos:
            ledger.sent(first_packet_id + len(published), publication)
        published.append(publication)
    return published


def test_a_message_is_acknowledged_when_all_its_deliveries_are() -> None:
    ledger = Ledger()
    arrive(ledger, 1)
    assert ledger.take_acknowledgements() == []
    ledger.decide(ledger.take_batch(10), [Accepted((INBOX, SENT), position=1)])
    assert [publication.topic for publication in publish_all(ledger)] == [
        "im/bob/inbox/user/ann",
        "im/ann/sent/user/bob",
    ]
    ledger.confirm(100)
    assert ledger.take_acknowledgements() == []
    ledger.confirm(101)
    assert ledger.take_acknowledgements() == [1]
    assert ledger.idle


def test_acknowledgements_leave_in_the_order_of_arrival() -> None:
    ledger = Ledger()
    for packet_id in (7, 8, 9):
        arrive(ledger, packet_id)
    ledger.decide(ledger.take_batch(10), [Accepted((SENT,)), Refused(Code.BLOCKED, (NOTICE,)), Accepted(())])
    publish_all(ledger)
    ledger.confirm(101)
    assert ledger.take_acknowledgements() == []
    ledger.confirm(100)
    assert ledger.take_acknowledgements() == [7, 8, 9]


def test_every_account_of_a_delivery_gets_its_own_topic() -> None:
    ledger = Ledger()
    ledger.deliver(Delivery(("ann", "bob"), Branch.INBOX, "group/lab", b"x", position=3, feed="lab"))
    ledger.deliver(NOTICE)
    assert publish_all(ledger) == [
        Publication("im/ann/inbox/group/lab", b"x", 1, None),
        Publication("im/bob/inbox/group/lab", b"x", 1, None),
        Publication("im/ann/notice", b"no", 1, None),
    ]
    assert ledger.take_acknowledgements() == []


def test_what_is_live_is_published_once_and_not_waited_for() -> None:
    ledger = Ledger()
    upstream = arrive(ledger, 5)
    live = Delivery(("bob",), Branch.LIVE, "presence/ann", b"{}")
    ledger.decide(ledger.take_batch(10), [Accepted((live,))])
    assert publish_all(ledger) == [Publication("im/bob/live/presence/ann", b"{}", 0, upstream)]
    assert ledger.take_acknowledgements() == [5]


def test_a_message_at_qos_0_is_decided_and_never_acknowledged() -> None:
    ledger = Ledger()
    arrive(ledger, 0)
    ledger.decide(ledger.take_batch(10), [Accepted(())])
    assert publish_all(ledger) == []
    assert ledger.take_acknowledgements() == []
    assert ledger.idle


def test_a_batch_takes_the_oldest_first_and_leaves_the_rest() -> None:
    ledger = Ledger()
    first, second, third = (arrive(ledger, packet_id) for packet_id in (1, 2, 3))
    assert ledger.take_batch(2) == [first, second]
    assert ledger.has_undecided
    assert ledger.take_batch(2) == [third]
    assert not ledger.has_undecided


def test_a_lost_connection_forgets_what_comes_again_and_keeps_what_goes_out() -> None:
    ledger = Ledger()
    arrive(ledger, 1)
    ledger.decide(ledger.take_batch(10), [Accepted((SENT,))])
    publish_all(ledger)
    arrive(ledger, 2)
    ledger.forget_upstream()
    assert not ledger.has_undecided
    assert ledger.in_flight == 1  # paho sends it again
    ledger.confirm(100)
    assert ledger.take_acknowledgements() == []


def test_a_redelivered_packet_keeps_its_fallback_id() -> None:
    ids = FallbackIds()
    first = ids.find(3, "im/ann/send/user/bob", b"hi", dup=False)
    assert ids.find(3, "im/ann/send/user/bob", b"hi", dup=True) == first


def test_another_packet_gets_another_fallback_id() -> None:
    ids = FallbackIds()
    found = {
        ids.find(3, "im/ann/send/user/bob", b"hi", dup=False),
        ids.find(3, "im/ann/send/user/bob", b"hi", dup=False),  # the identifier was used again
        ids.find(3, "im/ann/send/user/bob", b"ho", dup=True),  # of a packet that we never saw
        ids.find(3, "im/ann/send/user/eve", b"ho", dup=True),
        ids.find(4, "im/ann/send/user/eve", b"ho", dup=True),
        ids.find(0, "im/ann/send/user/bob", b"hi", dup=False),
        ids.find(0, "im/ann/send/user/bob", b"hi", dup=False),
    }
    assert len(found) == 7
