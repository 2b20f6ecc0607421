"""Whoever asked first goes first, however busy another thread is."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from peewee import OperationalError

from hongyan_core.store.turnstile import Turnstile
from tests.support.waiting import wait_for


def _start(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_threads_go_in_the_order_in_which_they_asked() -> None:
    turnstile, order, threads = Turnstile(10), [], []

    def go(number: int) -> None:
        with turnstile:
            order.append(number)

    with turnstile:
        for number in range(5):
            threads.append(_start(lambda number=number: go(number)))  # type: ignore[misc]
            wait_for(lambda number=number: len(turnstile._waiting) == number + 2)  # type: ignore[misc]
    for thread in threads:
        thread.join(10)
    assert order == [0, 1, 2, 3, 4]


def test_a_thread_that_never_pauses_lets_the_other_in_after_one_turn() -> None:
    turnstile, waiting, turns, inside = Turnstile(10), threading.Event(), [0], threading.Event()

    def ask_once() -> None:
        waiting.set()
        with turnstile:
            inside.set()

    with turnstile:
        other = _start(ask_once)
        wait_for(lambda: len(turnstile._waiting) == 2)
    while not inside.is_set():
        with turnstile:
            turns[0] += 1
    other.join(10)
    assert turns[0] <= 1


def test_an_error_inside_opens_it_again() -> None:
    turnstile = Turnstile(10)
    with pytest.raises(ValueError, match="inside"), turnstile:
        raise ValueError("inside")
    with turnstile:
        pass


def test_nobody_waits_for_ever_and_who_gave_up_holds_nobody_up() -> None:
    turnstile = Turnstile(0.05)
    refused: list[OperationalError] = []

    def go() -> None:
        try:
            with turnstile:
                pass
        except OperationalError as error:
            refused.append(error)

    with turnstile:
        for thread in [_start(go) for _ in range(3)]:
            thread.join(10)
    assert len(refused) == 3
    go()
    assert len(refused) == 3
