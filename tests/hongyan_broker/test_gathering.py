"""Batches that gather while another one is being answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from hongyan_broker.gathering import Gathering, Job


class Office:
    """Answers one batch whenever `open` is called; refuses what is 0."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._open = asyncio.Semaphore(0)
        self.gathering: Gathering[int] = Gathering(self._spawn, self._answer)

    def _spawn(self, job: Job) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(job))

    async def _answer(self, batch: list[int]) -> None:
        self.batches.append(batch)
        await self._open.acquire()
        if 0 in batch:
            raise ValueError(0)

    async def open(self, times: int = 1) -> None:
        for _ in range(times):
            self._open.release()
            for _ in range(3):  # steps of the loop: the answer, its task, the next batch
                await asyncio.sleep(0)

    def add(self, *items: int) -> None:
        for item in items:
            self.gathering.add(item)


def in_office(play: Callable[[Office], Job]) -> list[list[int]]:
    async def run() -> list[list[int]]:
        office = Office()
        await play(office)
        return office.batches

    return asyncio.run(run())


def test_what_is_added_in_one_turn_is_answered_together() -> None:
    async def play(office: Office) -> None:
        office.add(1, 2, 3)
        await office.open()

    assert in_office(play) == [[1, 2, 3]]


def test_what_is_added_while_a_batch_is_answered_makes_the_next_one() -> None:
    async def play(office: Office) -> None:
        office.add(1)
        await asyncio.sleep(0)
        office.add(2)
        office.add(3)
        await asyncio.sleep(0)
        assert office.batches == [[1]]
        await office.open(2)
        assert len(office.tasks) == 1

    assert in_office(play) == [[1], [2, 3]]


def test_after_a_pause_it_begins_again() -> None:
    async def play(office: Office) -> None:
        office.add(1)
        await office.open()
        assert office.tasks[0].done()
        office.add(2)
        await office.open()

    assert in_office(play) == [[1], [2]]


def test_an_answer_that_raises_does_not_hold_up_what_comes_later() -> None:
    async def play(office: Office) -> None:
        office.add(0)
        await asyncio.sleep(0)
        office.add(1)
        await office.open()
        assert isinstance(office.tasks[0].exception(), ValueError)
        office.add(2)
        await office.open()

    assert in_office(play) == [[0], [1, 2]]
