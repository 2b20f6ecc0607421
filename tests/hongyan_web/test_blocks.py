from __future__ import annotations

from tests.hongyan_web.site import START_MS, Visitor


def test_a_block_is_listed_until_it_is_lifted_and_both_may_be_repeated(ann: Visitor, eve: Visitor) -> None:
    for _ in range(2):
        assert ann.put("/blocks/eve") == (204, None)
    blocked = {"username": "eve", "display_name": "eve", "picture": None, "since": START_MS}
    assert ann.get("/blocks") == (200, {"blocks": [blocked]})
    assert eve.get("/blocks") == (200, {"blocks": []})
    for _ in range(2):
        assert ann.delete("/blocks/eve") == (204, None)
    assert ann.get("/blocks") == (200, {"blocks": []})


def test_oneself_and_nobody_cannot_be_blocked(ann: Visitor) -> None:
    assert ann.put("/blocks/ann").refusal[:2] == (409, "block_self")
    assert ann.put("/blocks/nobody").refusal[:2] == (404, "unknown_account")
    assert ann.delete("/blocks/nobody") == (204, None)
