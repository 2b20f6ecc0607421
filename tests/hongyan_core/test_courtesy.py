"""One page is made at a time; whoever waits for something else lets others in."""

from __future__ import annotations

import threading

import pytest

from hongyan_core.courtesy import Courtesy


def test_a_second_page_waits_until_the_first_one_steps_out() -> None:
    courtesy, inside, seen = Courtesy(), threading.Event(), []

    def second() -> None:
        with courtesy:
            seen.append("second")
            inside.set()

    thread = threading.Thread(target=second)
    with courtesy:
        thread.start()
        assert not inside.wait(0.05)
        with courtesy.stepping_out():
            assert inside.wait(10)
        seen.append("first")
    thread.join(10)
    assert seen == ["second", "first"]


def test_whoever_makes_no_page_is_not_concerned() -> None:
    courtesy = Courtesy()
    with courtesy.stepping_out(), courtesy:
        pass


def test_an_error_while_waiting_comes_back_in_before_it_leaves() -> None:
    courtesy = Courtesy()
    with courtesy, pytest.raises(ValueError, match="waiting"), courtesy.stepping_out():
        raise ValueError("waiting")
    with courtesy:
        pass
