from __future__ import annotations

from urllib.parse import unquote

import pytest

from hongyan_core.store.connections import Attendance, note_connections
from hongyan_core.store.models import Account, MqttSession
from tests.hongyan_web.site import START_MS, Site, Visitor


def ids(visitor: Visitor) -> list[int]:
    return [device["id"] for device in visitor.get("/me/devices").body["devices"]]


def test_browsers_tokens_connections_and_sessions_are_shown(site: Site, ann: Visitor) -> None:
    ann.headers["User-Agent"] = "Firefox"
    phone = ann.post("/tokens", {"label": "phone"}).body
    here = Attendance("ann", "ann-1", here=True, credential_id=phone["id"], address="192.0.2.7", at_ms=START_MS)
    note_connections([here])
    MqttSession.create(account=Account.get(name="ann"), client_id="radio/1", position=0, cursor=0, last_seen_ms=8)
    said = ann.get("/me/devices")
    assert said.status == 200
    browser, token = said.body["devices"]
    assert (browser["kind"], browser["current"], browser["address"], browser["connections"]) == (
        "browser",
        True,
        "127.0.0.1",
        [],
    )
    assert token == {
        "id": phone["id"],
        "kind": "token",
        "label": "phone",
        "address": "",
        "created_at": START_MS,
        "last_used_at": None,
        "current": False,
        "connections": [{"client_id": "ann-1", "address": "192.0.2.7", "connected_at": START_MS}],
    }
    assert said.body["sessions"] == [{"client_id": "radio/1", "last_seen": 8}]


def test_a_program_sees_itself_as_the_current_one_with_its_last_use(site: Site, ann: Visitor) -> None:
    site.clock.now_ms += 1_000
    program = site.program("ann")
    (current,) = [device for device in program.get("/me/devices").body["devices"] if device["current"]]
    assert (current["kind"], current["last_used_at"], current["address"]) == ("token", START_MS + 1_000, "127.0.0.1")


def test_a_device_is_signed_out_at_once(site: Site, ann: Visitor) -> None:
    program, elsewhere = site.program("ann"), site.visitor()
    elsewhere.sign_in("ann")
    mine, token, browser = ids(ann)
    assert ann.delete(f"/me/devices/{token}") == (204, None)
    assert program.get("/me").refusal == (401, "token_invalid", None)
    assert ann.delete(f"/me/devices/{browser}") == (204, None)
    assert elsewhere.get("/me").refusal == (401, "not_signed_in", None)
    assert ids(ann) == [mine]


def test_one_signs_out_oneself_too(ann: Visitor) -> None:
    (mine,) = ids(ann)
    assert ann.delete(f"/me/devices/{mine}") == (204, None)
    assert ann.get("/me").refusal == (401, "not_signed_in", None)


def test_all_others_are_signed_out_at_once(site: Site, ann: Visitor, eve: Visitor) -> None:
    program = site.program("ann")
    assert ann.delete("/me/devices") == (204, None)
    assert program.get("/me").refusal == (401, "token_invalid", None)
    assert (len(ids(ann)), len(ids(eve))) == (1, 1)


@pytest.mark.parametrize("device", ["0", "999999", "999999999999999999"])
def test_a_device_that_is_not_there(ann: Visitor, device: str) -> None:
    assert ann.delete(f"/me/devices/{device}").refusal == (404, "unknown_device", None)


def test_nobody_signs_out_the_device_of_another(ann: Visitor, eve: Visitor) -> None:
    (mine,) = ids(ann)
    assert eve.delete(f"/me/devices/{mine}").refusal == (404, "unknown_device", None)
    assert ann.get("/me").status == 200


@pytest.mark.parametrize("client_id", ["radio", "radio%2F1", "radio/1", "%E5%AE%89", "a%20b", "%23%2B"])
def test_a_stored_session_is_forgotten(ann: Visitor, client_id: str) -> None:
    account = Account.get(name="ann")
    MqttSession.create(account=account, client_id=unquote(client_id), position=0, cursor=0, last_seen_ms=8)
    ending = client_id.replace("/", "%2F")
    assert ann.delete(f"/me/sessions/{ending}") == (204, None)
    assert ann.delete(f"/me/sessions/{ending}").refusal == (404, "unknown_session", None)


@pytest.mark.parametrize("client_id", ["nobody", "a%00b", "%ff%fe", "x" * 300])
def test_a_session_that_is_not_there(ann: Visitor, client_id: str) -> None:
    assert ann.delete(f"/me/sessions/{client_id}").refusal == (404, "unknown_session", None)
