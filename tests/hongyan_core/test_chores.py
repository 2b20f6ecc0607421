from __future__ import annotations

import logging
import threading

import pytest

from hongyan_core.chores import Chore, Chores
from tests.support.waiting import wait_for


def test_a_chore_is_done_again_at_once_while_more_is_waiting(database):
    left = [3, 2, 1]

    def work(_):
        left.pop()
        return bool(left)

    with Chores((Chore("work", 3_600.0, work),)):
        wait_for(lambda: not left)


def test_each_chore_comes_at_its_time(database):
    done = {"often": 0, "rarely": 0}

    def count(name):
        def run(_):
            done[name] += 1
            return False

        return run

    with Chores((Chore("rarely", 3_600.0, count("rarely")), Chore("often", 0.01, count("often")))):
        wait_for(lambda: done["often"] >= 3)
    assert done["rarely"] == 1


def test_a_chore_that_fails_is_told_and_does_not_hold_up_the_others(database, caplog):
    done = threading.Event()

    def fail(_):
        raise OSError("no room")

    def work(_):
        done.set()
        return False

    with caplog.at_level(logging.WARNING), Chores((Chore("sweep", 0.0, fail), Chore("work", 0.0, work))):
        assert done.wait(5)
    assert "sweep could not be done and is tried again: no room" in caplog.text


@pytest.mark.parametrize("chores", [(), (Chore("work", 3_600.0, lambda _: False),)], ids=["none", "one that waits"])
def test_leaving_ends_the_thread_whatever_it_waits_for(database, chores):
    before = threading.active_count()
    with Chores(chores):
        pass
    assert threading.active_count() == before
