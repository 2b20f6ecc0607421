from __future__ import annotations

import pytest

from tests.hongyan_web.site import Site, Visitor


@pytest.mark.parametrize("q", ["an", "ann", "arbor", "ANN"])
def test_people_are_found_by_name_with_what_they_are_to_me(ann: Visitor, bob: Visitor, q: str) -> None:
    found = {"username": "ann", "display_name": "Ann Arbor", "picture": None, "kind": "person", "relation": "none"}
    assert bob.get(f"/people?q={q}") == (200, {"people": [found]})


def test_each_relation_has_its_word(site: Site, friends: tuple[Visitor, Visitor]) -> None:
    ann, _ = friends
    eve, carl, dora = site.member("eve"), site.member("carl"), site.member("dora")
    assert ann.put("/blocks/eve").status == 204
    assert ann.post("/friend-requests", {"to": "carl"}).status == 201
    assert dora.post("/friend-requests", {"to": "ann"}).status == 201
    relations = {name: ann.get(f"/people?q={name}").body["people"][0]["relation"] for name in ("ann", "bob", "dora")}
    assert relations == {"ann": "self", "bob": "friend", "dora": "requesting"}
    assert ann.get("/people?q=carl").body["people"][0]["relation"] == "requested"
    assert ann.get("/people?q=eve").body["people"][0]["relation"] == "blocked"
    assert eve.get("/people?q=carl").body["people"][0]["relation"] == "none"
    assert eve.get("/people?q=ann").body == {"people": []}
    assert carl.get("/people?q=nobody").body == {"people": []}


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("", (400, "missing_field", "q")),
        (f"?q={'a' * 65}", (400, "malformed_field", "q")),
        ("?q=%00", (400, "malformed_field", "q")),
    ],
    ids=["nothing to look for", "too long", "a NUL"],
)
def test_a_malformed_search_is_refused(ann: Visitor, query: str, refusal: tuple[int, str, str]) -> None:
    assert ann.get(f"/people{query}").refusal == refusal
