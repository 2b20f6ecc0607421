"""What the kernel says of a process: its time and its memory."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from bench.clients import Failed

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


def read_cpu_s(process_id: int) -> float:
    """Processor time of all its threads, in steps of a hundredth of a second."""
    after_name = _read(process_id, "stat").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / _TICKS_PER_S


class Watch:
    """How busy broker and generator are from now on, in cores; one of them is the bottleneck, or both wait."""

    def __init__(self, process_id: int) -> None:
        self._process_id = process_id
        self._broker_s, self._generator_s = read_cpu_s(process_id), time.process_time()
        self._began_s = time.perf_counter()

    def elapsed_s(self) -> float:
        """Since the beginning."""
        return time.perf_counter() - self._began_s

    def busy(self) -> dict[str, float]:
        """Both figures, named as in the results."""
        took = self.elapsed_s()
        return {
            "generator_busy": (time.process_time() - self._generator_s) / took,
            "broker_busy": (read_cpu_s(self._process_id) - self._broker_s) / took,
        }


def read_memory_kib(process_id: int) -> int:
    """Its own memory (Pss_Anon): file pages, shared with others, come and go; the kernel's buffers are not in it."""
    for line in _read(process_id, "smaps_rollup").splitlines():
        if line.startswith("Pss_Anon:"):
            return int(line.split()[1])
    raise Failed("no Pss_Anon in smaps_rollup: it needs Linux 5.4")


def _read(process_id: int, name: str) -> str:
    try:
        return Path(f"/proc/{process_id}/{name}").read_text()
    except OSError as problem:
        raise Failed(f"the broker has ended: {problem}") from problem
