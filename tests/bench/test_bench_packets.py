"""The generator counts right: it would be a poor judge otherwise."""

from __future__ import annotations

from bench.packets import Magazine, publish, take_runs
from bench.websocket import frame, unframe


def test_a_run_ends_where_the_packets_begin_to_differ() -> None:
    nine, ten = publish("t/1", b'{"seq":9}', 1, 7), publish("t/1", b'{"seq":10}', 1, 8)
    runs, rest = take_runs(nine * 3 + ten * 2 + b"\x40\x02\x00\x01" * 4 + b"\x40\x02")
    assert [(run.kind, run.count) for run in runs] == [(0x30, 3), (0x30, 2), (0x40, 4)]
    assert rest == b"\x40\x02"


def test_topics_of_different_length_are_not_acknowledged_as_one_run() -> None:
    packets = publish("t/1", b"abc", 1, 0x0102) + publish("t/12", b"ab", 1, 0x0304)
    runs, _ = take_runs(packets)
    assert b"".join(run.acknowledge() for run in runs) == b"\x40\x02\x01\x02\x40\x02\x03\x04"


def test_every_truncation_of_two_packets_waits_for_the_rest() -> None:
    whole = publish("t", b"x" * 200, 1, 1) + b"\x40\x02\x00\x09"
    for cut in range(len(whole)):
        first, rest = take_runs(whole[:cut])
        later, nothing = take_runs(rest + whole[cut:])
        assert (sum(run.count for run in first + later), nothing) == (2, b"")


def test_numbers_in_payloads_never_repeat() -> None:
    magazine = Magazine("im/ann/send/user/bob", '{"id":"r-######"}', 1)
    data = b"".join(magazine.take(700) for _ in range(5))
    runs, _ = take_runs(data)
    ids = [packet[-8:-2] for run in runs for packet in run.packets()]
    assert ids == [f"{number:06d}".encode() for number in range(3500)]


def test_packet_identifiers_are_those_of_the_ring() -> None:
    runs, _ = take_runs(Magazine("t", "x", 1).take(3))
    assert runs[0].acknowledge() == b"\x40\x02\x00\x01\x40\x02\x00\x02\x40\x02\x00\x03"


def test_frames_of_one_size_and_of_many_give_what_they_hold() -> None:
    data = b"".join(frame(word, masked=False) for word in (b"one", b"two", b"three", b"x" * 300, b"y" * 70_000))
    assert unframe(data + b"\x82") == (b"onetwothree" + b"x" * 300 + b"y" * 70_000, b"\x82")
    assert unframe(frame(b"abc", masked=True) * 3) == (b"abcabcabc", b"")
