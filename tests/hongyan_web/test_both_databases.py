"""One walk through the whole API on SQLite and on PostgreSQL: what the other tests know in detail, on SQLite only."""

from __future__ import annotations

import logging
from pathlib import Path

import peewee
import pytest

from hongyan.limits import Limits
from hongyan_core.store.models import Conversation
from tests.hongyan_web.site import PASSWORD, Site, Visitor, publish
from tests.hongyan_web.test_second_factor import turn_on
from tests.hongyan_web.uploading import TUS, append, ask, begin, path_of
from tests.support.authenticator import Authenticator
from tests.support.files import attach
from tests.support.images import png


def test_a_walk_through_the_api(
    either_database: peewee.Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = Site(tmp_path, {"limits": Limits()})  # abuse limits on: their table is walked through too
    with caplog.at_level(logging.WARNING):
        _walk(site)
    assert caplog.records == []


def _walk_through_a_group(site: Site, ann: Visitor, bob: Visitor) -> None:
    eve = site.member("eve")
    settings = {"invites": "members", "joins": "approval", "history": "all", "writers": "all"}
    assert ann.patch("/groups/lab", {**settings, "title": "雁", "announcement": "茶", "muted_until": 0}).status == 204
    change = {"nickname": "鲍勃", "muted_until": None}
    assert ann.patch("/groups/lab/members/bob", change).status == 204
    assert ann.patch("/groups/lab/members/bob", {"role": "admin"}).status == 204
    link = bob.post("/groups/lab/links", {"max_uses": 2}).body
    request = eve.post(f"/links/{link['code']}/join", {"text": "我"}).body
    assert eve.get("/me/join-requests").body["requests"][0]["id"] == request["request_id"]
    assert bob.get("/groups/lab/join-requests").body["requests"][0]["username"] == "eve"
    assert bob.post(f"/groups/lab/join-requests/{request['request_id']}/accept").status == 204
    assert eve.get("/conversations/group/lab/messages").body["messages"][0]["from"] == "bob"
    assert [m["username"] for m in eve.get("/groups/lab/members?q=鲍").body["members"]] == ["bob"]
    assert ann.get("/groups/lab/announcement/readers").body["readers"] == []
    assert ann.put("/groups/lab/bans/eve").status == 204
    assert ann.get("/groups/lab/bans?limit=1").body["bans"][0]["username"] == "eve"
    assert ann.post("/groups/lab/owner", {"username": "bob"}).status == 204
    assert ann.post("/groups", {"name": "attic", "title": "阁楼"}).status == 201
    assert ann.delete("/groups/attic").status == 204


def _walk_through_files(site: Site, ann: Visitor, bob: Visitor) -> None:
    path = path_of(begin(ann, len(png()), "雁.png"))
    assert append(ann, path, png()[:10]).headers["Upload-Offset"] == "10"
    assert ask(ann, path).headers["Upload-Offset"] == "10"
    assert append(ann, path, png()[10:], 10).status_code == 204
    file_id = path.removeprefix("/uploads/")
    assert bob.get(f"/files/{file_id}").refusal == (404, "unknown_file", None)
    attach(Conversation.get(key="user:ann:bob"), 1, file_id, kind="image")
    assert bob.send("GET", f"/files/{file_id}").mimetype == "image/png"
    assert bob.get(f"/files/{file_id}/about").body["name"] == "雁.png"
    given_up = path_of(begin(ann, 5))
    assert ann.send("DELETE", given_up, headers=TUS).status_code == 204
    assert ann.get("/me/storage").body["used"] == bob.get(f"/files/{file_id}/about").body["size"]


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
    assert [ann.put(f"/conversations/user/bob/marks/{mark}").status for mark in ("pinned", "unread")] == [204, 204]
    assert ann.delete("/conversations/user/bob/marks/pinned").status == 204
    assert ann.get("/conversations").body["conversations"][1]["marks"] == ["unread"]
    _walk_through_profile_devices_and_bots(site, ann, bob)
    _walk_through_files(site, ann, bob)
    _walk_through_a_group(site, ann, bob)
    bot = site.program("bob")
    assert bot.post("/mqtt-token").status == 200
    assert bot.put("/blocks/ann").status == 204
    assert bob.get("/blocks").body["blocks"][0]["username"] == "ann"
    assert bob.delete("/groups/lab/members/bob").status == 204
    assert ann.delete("/friends/bob").status == 204
    wrong = site.visitor().sign_in("bob", "not this one")
    assert wrong.refusal == (401, "bad_credentials", None)
    _, recovery = turn_on(bob)
    assert site.visitor().sign_in("bob").refusal == (401, "second_factor_required", "code")
    proof = {"password": PASSWORD, "code": recovery[0]}
    phone, options = Authenticator(), bob.post("/me/passkeys/options", proof).body["options"]
    made = bob.post("/me/passkeys", {"credential": phone.create(options, "http://localhost")})
    assert bob.get("/me/security").body["passkeys"][0]["id"] == made.body["id"]
    visitor = site.visitor()
    options = visitor.post("/session/passkey/options").body["options"]
    signed = phone.get(options, "http://localhost")
    assert visitor.post("/session/passkey", {"credential": signed}).status == 200
    for path in ("/me/passkeys/3000000000", "/me/identities/999999999999999999"):
        assert bob.delete(path).status == 404
    assert bob.delete(f"/me/passkeys/{made.body['id']}").status == 204
    assert bob.call("DELETE", "/me/second-factor", {**proof, "code": recovery[1]}).status == 204
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


def _walk_through_profile_devices_and_bots(site: Site, ann: Visitor, bob: Visitor) -> None:
    assert ann.call("PATCH", "/me", {"about": "写信", "time_zone": "Asia/Shanghai", "hidden": True}).status == 200
    assert ann.call("PUT", "/me/picture", data=png(), content_type="image/png").status == 200
    card = bob.get("/people/ann").body
    assert (card["about"], card["relation"], card["presence"]["state"]) == ("写信", "friend", "offline")
    assert bob.send("GET", "/people/ann/picture").status_code == 200
    made = ann.post("/bots", {"username": "thermo", "display_name": "温度计", "kind": "device", "scope": ["group/lab"]})
    thermo = site.visitor(token=made.body["token"])
    assert thermo.get("/me").body["kind"] == "device"
    assert thermo.call("PATCH", "/me", {"about": "cellar"}).status == 200
    assert ann.get("/bots").body["bots"][0]["about"] == "cellar"
    assert thermo.get("/me/devices").body["devices"][0]["current"] is True
    assert thermo.delete("/me/sessions/a%00b").refusal == (404, "unknown_session", None)
    assert ann.post("/bots/thermo/token").status == 200
    assert ann.delete("/bots/thermo").status == 204
    site.program("ann")
    assert ann.delete("/me/devices").status == 204
    assert len(ann.get("/me/devices").body["devices"]) == 1
