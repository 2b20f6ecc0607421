"""The benchmark runs, judges by its own rules, and counts what is lost."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import socket
import tempfile
from pathlib import Path

import pytest

from bench import opponents
from bench.__main__ import Plan, main, run_job, run_row
from bench.clients import Address
from bench.generator import FlowJob
from bench.null_server import NullClient
from bench.opponents import Needs, Opponent
from bench.packets import publish
from bench.processes import read_memory_kib
from bench.report import OURS, RowResult, format_table
from bench.rows import ROWS, Pace, make_others
from bench.stats import lower_bound, spread
from bench.world import find_ram_disk, make_template

SHORT = Pace(warm_s=0.1, measure_s=0.3, pairs=3, fan=5, people=20, held=10, others=200, crowd=20)


def row_named(name: str) -> RowResult:
    """An empty result of a row."""
    return RowResult(next(row for row in ROWS if row.name == name))


@pytest.mark.parametrize("server", [opponents.null_server, opponents.single_null_server])
@pytest.mark.parametrize("name", ["qos1", "qos0", "fanout", "websocket"])
def test_the_generator_loses_nothing_and_reaches_a_ceiling(name: str, server: Opponent, tmp_path: Path) -> None:
    row = row_named(name).row
    with server(Needs(tmp_path)) as running:
        result = run_job(row.make_job(SHORT, running, 0))
    assert (result["lost"], result["messages_per_s"] > 0) == (0, True), result
    assert 0 < result["broker_busy"] < 2, result


class WriteByWrite(asyncio.Transport):
    """A transport at a socket that keeps the bounds of writes."""

    def __init__(self, own_end: socket.socket) -> None:
        super().__init__({"socket": own_end})
        self._own_end = own_end

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._own_end.send(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize(("single", "sizes"), [(False, [12]), (True, [4, 4, 4])])
def test_one_server_writes_chunks_and_the_other_packets(single: bool, sizes: list[int]) -> None:
    own_end, far_end = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with own_end, far_end:
        far_end.settimeout(5)
        client = NullClient(single=single)
        client.connection_made(WriteByWrite(own_end))
        client.data_received(publish("t", b"x", 1, 1) * 3)  # three PUBACKs of four bytes
        assert [len(far_end.recv(100)) for _ in sizes] == sizes


def test_a_chat_row_sees_every_stamp_and_delivery(tmp_path: Path) -> None:
    row = dataclasses.replace(row_named("chat").row, against=(), has_ceiling=False)
    plan = Plan((row,), 1, tmp_path, SHORT, make_template(tmp_path / "template", 20))
    (run,) = run_row(plan, row).runs[OURS]
    assert (run["lost"], run["messages_per_s"] > 0) == (0, True), run


def test_the_presence_row_lets_a_crowd_of_friends_come_and_go(tmp_path: Path) -> None:
    row = row_named("presence").row
    pace = dataclasses.replace(SHORT, crowd=600)  # ten a second
    plan = Plan((row,), 1, tmp_path, pace, make_template(tmp_path / "template", 20, 600))
    for run in run_row(plan, row).runs[OURS]:
        assert (run["lost"], run["without"] > 0, run["ratio"] > 0) == (0, True, True), run


def test_an_opponent_that_does_not_answer_is_a_remark_and_no_figure(tmp_path: Path) -> None:
    with opponents.null_server(Needs(tmp_path)) as running:
        pass  # it has ended
    job = row_named("qos1").row.make_job(SHORT, running, 0)
    assert isinstance(job, FlowJob)
    assert job.address == Address(running.tcp.port)
    result = row_named("qos1")
    result.add(OURS, run_job(job))
    assert result.judge() is None
    assert "no figures" in format_table([result])


@pytest.mark.parametrize(
    ("broker", "generator", "remark"),
    [
        (0.99, 0.95, []),  # both at their end: it is still the broker that was measured
        (0.95, 0.30, []),
        (0.60, 0.95, ["may do more: the generator was at its end"]),
        (0.60, 0.30, ["may do more: it waited"]),
    ],
)
def test_a_broker_with_time_left_is_a_remark(broker: float, generator: float, remark: list[str]) -> None:
    result = row_named("chat1")
    result.add("mosquitto", {"messages_per_s": 9.0, "broker_busy": broker, "generator_busy": generator})
    assert [found.split(": ", 1)[1][: len(wanted)] for found, wanted in zip(result.remarks(), remark, strict=True)] == (
        remark
    )


def test_the_paced_row_tells_the_median_and_the_generators_own_lateness() -> None:
    result = row_named("paced")
    for late in (2.0, 9.3):
        result.add(OURS, {"p99_ms": 8.0, "p50_ms": 0.5, "generator_late_ms": late})
    assert result.remarks() == ["hongyan: p50 0.50 ms; the generator sent at most 9.3 ms late"]


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
/dev/sdb1 /srv/fast tmpfs rw 0 0
/dev/sdb1 /srv/fast ext4 rw 0 0
none /srv/fast\\040one ramfs rw 0 0
/dev/ram0 /srv/block ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "found"),
    [
        ("/", ""),
        ("/srv", ""),
        ("/dev/shm", "tmpfs"),
        ("/dev/shm/deep/down", "tmpfs"),
        ("/dev/shmother", ""),
        ("/srv/fast/data", ""),  # the later mount covers the earlier one
        ("/srv/fast one/data", "ramfs"),
        ("/srv/block", "/dev/ram0"),
    ],
)
def test_a_ram_disk_is_found_by_the_mounts(folder: str, found: str) -> None:
    assert find_ram_disk(folder, MOUNTS) == found


def test_a_chat_row_on_a_ram_disk_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    shared = Path("/dev/shm")
    if not find_ram_disk(str(shared), Path("/proc/mounts").read_text()):
        pytest.skip("no tmpfs at /dev/shm")
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        assert main(["--rows", "chat", "--work", folder]) == 1
    assert "is a tmpfs: give a folder on a disk with --work" in capsys.readouterr().err


def test_memory_is_what_the_process_has_of_its_own() -> None:
    before = read_memory_kib(os.getpid())
    held = bytes(range(256)) * 4_096 * 20  # 20 MiB
    grown = read_memory_kib(os.getpid()) - before
    assert 19 * 1_024 < grown < 25 * 1_024, len(held)


def test_a_ratio_is_taken_within_a_round() -> None:
    result = row_named("qos1")
    for ours, his in ((200.0, 100.0), (90.0, 30.0), (50.0, 50.0)):
        result.add(OURS, {"messages_per_s": ours})
        result.add("mosquitto", {"messages_per_s": his})
    assert result.ratios() == [2.0, 3.0, 1.0]
    assert result.judge() == (2.0, True)


def test_other_subscriptions_are_half_exact_and_match_nothing_sent() -> None:
    filters = [name for who in make_others(10_000) for name in who.filters]
    wild = [name for name in filters if "+" in name or "#" in name]
    assert (len(filters), len(set(filters)), len(wild)) == (10_000, 10_000, 5_000)
    assert all(name.count("/") >= 3 for name in filters)  # what is sent has three levels: bench/plain/07


def test_the_lower_bound_of_equal_rounds_is_their_value() -> None:
    assert lower_bound([0.95] * 10) == 0.95
    assert spread([3.0, 1.0, 2.0]) == dataclasses.replace(spread([1.0]), median=2.0, low=1.0, high=3.0)
