"""One walk through the whole API on SQLite and on PostgreSQL: what the other tests know in detail, on SQLite only."""

from __future__ import annotations

import logging
from pathlib import Path

import peewee
import pytest

from hongyan.limits import Limits
from tests.hongyan_web.site import PASSWORD, Site, publish


def test_a_walk_through_the_api(
    either_database: peewee.Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(tmp_path, {"limits": Limits()})  # abuse limits on: their table is walked through too
    with caplog.at_level(logging.WARNING):
        _walk(site)
    assert caplog.records == []


def _walk(site: Site) -> None:
    ann, bob = site.member("ann", "安"), site.member("bob")
    assert bob.get("/people?q=安").body["people"][0]["username"] == "ann"
    request = ann.post("/friend-requests", {"to": "bob", "text": "你好"}).body
    assert bob.post(f"/friend-requests/{request['id']}/accept").status == 200
    assert ann.post("/groups", {"name": "lab", "title": "实验室"}).status == 201
    assert ann.put("/groups/lab/members/bob").status == 204
    publish(("ann", "send/user/bob", "早".encode()), ("bob", "send/group/lab", b'{"t": 21.5}'))
    assert [head["key"] for head in ann.get("/conversations").body["conversations"]] == ["group/lab", "user/bob"]
    assert bob.get("/conversations/user/ann/messages").body["messages"][0]["body"] == "早"
    bot = site.program("bob")
    assert bot.post("/mqtt-token").status == 200
    assert bot.put("/blocks/ann").status == 204
    assert bob.get("/blocks").body["blocks"][0]["username"] == "ann"
    assert bob.delete("/groups/lab/members/bob").status == 204
    assert ann.delete("/friends/bob").status == 204
    wrong = site.visitor().sign_in("bob", "not this one")
    assert wrong.refusal == (401, "bad_credentials", None)
    for path in (
        "/groups/a%00b",
        "/groups/%ff",
        "/conversations/user/a%00b/messages",
        "/conversations/user/%ff/messages",
    ):
        assert ann.get(path).status == 404
    for path in ("/tokens/999999999999999999", "/tokens/3000000000"):
        assert ann.delete(path).refusal == (404, "unknown_token", None)
    assert bob.put("/password", {"old_password": PASSWORD, "new_password": "a better one"}).status == 204
    assert bot.get("/me").refusal == (401, "token_invalid", None)
    assert bob.delete("/session").status == 204
