from __future__ import annotations

import pytest

from hongyan_core.search.follow import follow_log
from tests.hongyan_web.site import START_MS, Site, Visitor, publish


@pytest.fixture(params=["indexed", "new"])
def talk(request: pytest.FixtureRequest, friends: tuple[Visitor, Visitor]) -> tuple[Visitor, Visitor]:
    """Ann and bob have spoken; the index has it already, or not yet."""
    bodies = ("早上好", "Good morning, goose", "天气很好")
    publish(*(("ann", "send/user/bob", body.encode()) for body in bodies))
    if request.param == "indexed":
        follow_log()
    return friends


def bodies(visitor: Visitor, query: str) -> list[str]:
    said = visitor.get(f"/search?{query}")
    assert said.status == 200
    return [result["message"]["body"] for result in said.body["results"]]


def test_a_message_is_found_with_where_it_stands_and_what_is_to_be_marked(talk: tuple[Visitor, Visitor]) -> None:
    _, bob = talk
    status, body = bob.get("/search?q=好")
    assert status == 200
    first, second = body["results"]
    assert {name: value for name, value in first.items() if name not in ("message", "context")} == {
        "key": "user/ann",
        "title": "Ann Arbor",
        "highlights": [[3, 4]],
    }
    assert (first["message"]["body"], first["message"]["seq"], first["message"]["from"]) == ("天气很好", 3, "ann")
    assert first["context"]["before"]["body"] == "Good morning, goose"
    assert first["context"]["after"] is None
    assert second["message"]["body"] == "早上好"
    assert (body["next"], body["behind"]) == (None, False)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=天", ["天气很好"]),
        ("q=goo", ["Good morning, goose"]),
        ("q=GOOSE%20morn", ["Good morning, goose"]),
        ("q=%22good%20goose%22", []),
        ("q=好&limit=1", ["天气很好"]),
        ("q=好&in=user/bob", ["天气很好", "早上好"]),
        ("q=好&from=ann", ["天气很好", "早上好"]),
        ("q=好&from=nobody", []),
        ("q=好&from=a%00b", None),
        ("q=好&kind=text", ["天气很好", "早上好"]),
        ("kind=image", []),
        (f"since={START_MS * 2}", []),
        ("q=!!!", []),
        ("q=!!!&from=ann", []),
    ],
)
def test_words_and_filters(talk: tuple[Visitor, Visitor], query: str, found: list[str] | None) -> None:
    ann, _ = talk
    if found is None:
        assert ann.get(f"/search?{query}").refusal == (400, "malformed_field", "from")
    else:
        assert bodies(ann, query) == found


def test_pages_follow_each_other(talk: tuple[Visitor, Visitor]) -> None:
    ann, _ = talk
    page = ann.get("/search?q=好&limit=1").body
    page = ann.get(f"/search?q=好&limit=1&before={page['next']}").body
    assert [result["message"]["body"] for result in page["results"]] == ["早上好"]
    assert ann.get(f"/search?q=好&limit=1&before={page['next']}").body == {"results": [], "next": None, "behind": False}


def test_others_find_nothing(talk: tuple[Visitor, Visitor], eve: Visitor) -> None:
    assert eve.get("/search?q=好").body == {"results": [], "next": None, "behind": False}
    assert eve.get("/search?q=好&from=ann").body["results"] == []


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("", (400, "missing_field", "q")),
        ("q=%20", (400, "missing_field", "q")),
        ("q=", (400, "missing_field", "q")),
        (f"q={'a' * 101}", (400, "malformed_field", "q")),
        ("q=a%00b", (400, "malformed_field", "q")),
        ("q=a&in=bob", (400, "malformed_field", "in")),
        ("q=a&in=user/", (400, "malformed_field", "in")),
        ("q=a&in=user/a%2Fb", (400, "malformed_field", "in")),
        ("q=a&in=user/nobody", (404, "unknown_conversation", "in")),
        ("q=a&in=group/nobody", (404, "unknown_conversation", "in")),
        ("q=a&kind=edit", (400, "malformed_field", "kind")),
        ("q=a&kind=card", (400, "malformed_field", "kind")),
        ("q=a&kind=nothing", (400, "malformed_field", "kind")),
        ("q=a&since=-1", (400, "malformed_field", "since")),
        ("q=a&since=yesterday", (400, "malformed_field", "since")),
        ("q=a&until=99999999999999999999", (400, "malformed_field", "until")),
        ("q=a&before=0", (400, "malformed_field", "before")),
        ("q=a&before=x", (400, "malformed_field", "before")),
        ("q=a&limit=0", (400, "malformed_field", "limit")),
        ("q=a&limit=51", (400, "malformed_field", "limit")),
    ],
)
def test_a_malformed_search_is_refused(ann: Visitor, query: str, refusal: tuple[int, str, str]) -> None:
    assert ann.get(f"/search?{query}").refusal == refusal


def test_who_is_not_signed_in_does_not_search(site: Site) -> None:
    assert site.visitor().get("/search?q=a").refusal == (401, "not_signed_in", None)
