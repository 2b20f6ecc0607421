"""Live cards: the newest takes the place of the one before. On SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from peewee import Database

from hongyan_core.exchange import Exchange, Submission
from hongyan_core.store.models import Card, Conversation, StoredMessage
from tests.support.exchanging import accept_one, running_exchange, stamp, told
from tests.support.lab import Lab, make_lab
from tests.support.talking import refusal, say, send, try_one


@pytest.fixture
def lab(database: Database) -> Lab:
    return make_lab()


@pytest.fixture
def exchange(lab: Lab) -> Iterator[Exchange]:
    with running_exchange() as opened:
        yield opened


def card(name: str = "heater", to: str = "group/lab", **fields: Any) -> Submission:
    return send("thermo", to, "card", name=name, **{"data": {"t": 21.5}, **fields})


def cards() -> dict[str, dict[str, Any]]:
    return {row.name: json.loads(row.payload)["data"] for row in Card.select()}


def test_a_card_is_told_to_all_and_is_no_entry(exchange: Exchange) -> None:
    buttons = [{"label": "On", "command": "on"}]
    decision = accept_one(exchange, card(id="c1", title="Heater", buttons=buttons))
    stamped = {
        "id": "c1", "kind": "card", "name": "heater", "title": "Heater", "data": {"t": 21.5}, "buttons": buttons,
        "from": "thermo", "to": "group/lab", "at": 1_000,
    }  # fmt: skip
    assert told(decision) == [
        (("ann", "bob", "dan"), "live/card/group/lab", stamped),
        (("thermo",), "live/card/group/lab", stamped),
    ]
    assert (decision.position, StoredMessage.select().count()) == (None, 0)
    (row,) = Card.select()
    assert (row.account.name, row.name, row.at_ms, json.loads(row.payload)) == ("thermo", "heater", 1_000, stamped)


def test_the_newest_takes_the_place_of_the_one_before(exchange: Exchange) -> None:
    exchange.accept([card(data={"t": 1}), card(data={"t": 2}), card("lamp", data={"on": True})])
    assert cards() == {"heater": {"t": 2}, "lamp": {"on": True}}
    exchange.accept([card(data={"t": 3})])
    assert cards()["heater"] == {"t": 3}


def test_no_values_take_it_away(exchange: Exchange) -> None:
    exchange.accept([card(), card("lamp")])
    decision = accept_one(exchange, card(data={}))
    assert [place for _, place, _ in told(decision)] == ["live/card/group/lab"] * 2
    assert list(cards()) == ["lamp"]
    exchange.accept([card("lamp", data={}), card("lamp", data={"on": False})])
    assert cards() == {"lamp": {"on": False}}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_repeat_of_the_newest_changes_nothing(exchange: Exchange, at_once: bool) -> None:
    batch = [card(id="c1", data={"t": 1}), card(id="c1", data={"t": 2})]
    first, again = exchange.accept(batch) if at_once else [accept_one(exchange, one) for one in batch]
    assert again == first
    assert cards() == {"heater": {"t": 1}}


def test_two_people_who_never_talked_may_have_one(exchange: Exchange, lab: Lab) -> None:
    decision = accept_one(exchange, card(to="user/ann"))
    assert [(who, place) for who, place, _ in told(decision)] == [
        (("ann",), "live/card/user/thermo"),
        (("thermo",), "live/card/user/ann"),
    ]
    assert Conversation.get(Conversation.key == "user:ann:thermo").last_seq == 0
    assert stamp(accept_one(exchange, say("ann", "user/thermo")))["seq"] == 1
    assert Conversation.get(Conversation.key == "user:ann:thermo").last_seq == 1


def test_the_rules_are_those_of_sending(exchange: Exchange) -> None:
    assert try_one(exchange, card(to="user/bob")) == ("not_friends", None)
    assert try_one(exchange, send("eve", "group/lab", "card", name="xx", data={"t": 1})) == ("not_member", None)
    assert Card.select().count() == 0


@pytest.mark.parametrize("at_once", [True, False])
def test_an_account_has_twenty_in_a_conversation(exchange: Exchange, at_once: bool) -> None:
    batch = [card(f"c{n}") for n in range(10, 31)]
    decisions = exchange.accept(batch) if at_once else [accept_one(exchange, one) for one in batch]
    assert [refusal(decision) for decision in decisions] == [None] * 20 + [("too_many", "name")]
    assert try_one(exchange, card("c10")) is None
    assert try_one(exchange, card("c10", to="user/ann")) is None
    assert [refusal(one) for one in exchange.accept([card("c10", data={}), card("c30")])] == [None, None]
