from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from hongyan.limits import Limits
from hongyan_core.pictures import MAX_FILE_BYTES
from hongyan_core.store.models import Account, Picture
from hongyan_web.limits import Throttle, account
from hongyan_web.security import BODY_ENDPOINTS, PICTURE
from tests.hongyan_web.site import Said, Site, Visitor
from tests.support.images import draw, png, png_that_claims, write

Friends = tuple[Visitor, Visitor]


def upload(visitor: Visitor, data: bytes, content_type: str = "image/png", path: str = "/me/picture") -> Said:
    return visitor.call("PUT", path, data=data, content_type=content_type)


# --- /me


def test_a_person_changes_how_others_see_them(friends: Friends) -> None:
    ann, bob = friends
    said = ann.call("PATCH", "/me", {"display_name": "安", "about": "clocks", "time_zone": "Asia/Shanghai"})
    assert said.status == 200
    assert {name: said.body[name] for name in ("username", "display_name", "about", "time_zone", "language")} == {
        "username": "ann",
        "display_name": "安",
        "about": "clocks",
        "time_zone": "Asia/Shanghai",
        "language": "en",
    }
    assert ann.get("/me").body["about"] == "clocks"
    assert bob.get("/people/ann").body["display_name"] == "安"


def test_a_program_changes_its_account_too_and_learns_no_csrf_token(site: Site, ann: Visitor) -> None:
    said = site.program("ann").call("PATCH", "/me", {"hidden": True})
    assert (said.status, said.body["hidden"], "csrf_token" in said.body) == (200, True, False)


def test_quiet_hours_and_receipts_are_kept_for_all_devices(ann: Visitor) -> None:
    wanted = {"read_receipts": False, "quiet_from": 1_380, "quiet_to": 420}
    said = ann.call("PATCH", "/me", wanted).body
    assert {name: said[name] for name in wanted} == wanted
    none = {"quiet_from": None, "quiet_to": None}
    ann.call("PATCH", "/me", none)
    assert {name: ann.get("/me").body[name] for name in wanted} == {"read_receipts": False, **none}


def test_another_language_is_spoken_from_the_next_answer_on(site: Site, ann: Visitor) -> None:
    program = site.program("ann")
    del program.headers["Accept-Language"]
    program.call("PATCH", "/me", {"language": "zh"})
    assert program.get("/people/nobody").body["error"]["message"] == "没有找到这个人，请检查名字。"


FIELDS: dict[str, tuple[Any, tuple[int, str, str | None]]] = {
    "another user name": ({"username": "anna"}, (400, "unknown_field", "username")),
    "a role": ({"role": "admin"}, (400, "unknown_field", "role")),
    "a picture as text": ({"picture": "x"}, (400, "unknown_field", "picture")),
    "a number": ({"about": 7}, (400, "malformed_field", "about")),
    "nothing in it": ({"display_name": None}, (400, "malformed_field", "display_name")),
    "a blank name": ({"display_name": " "}, (400, "malformed_display_name", "display_name")),
    "too much of oneself": ({"about": "x" * 201}, (400, "malformed_field", "about")),
    "a zone of the moon": ({"time_zone": "Moon/Tycho"}, (400, "malformed_field", "time_zone")),
    "a language of the moon": ({"language": "lunar"}, (400, "malformed_field", "language")),
    "hidden by a word": ({"hidden": "yes"}, (400, "malformed_field", "hidden")),
    "hidden by a list": ({"hidden": []}, (400, "malformed_field", "hidden")),
    "receipts by a word": ({"read_receipts": "no"}, (400, "malformed_field", "read_receipts")),
    "quiet from nowhere": ({"quiet_to": 420}, (400, "malformed_field", "quiet_from")),
    "quiet without end": ({"quiet_from": 420}, (400, "malformed_field", "quiet_to")),
    "a minute too late": ({"quiet_from": 0, "quiet_to": 1440}, (400, "malformed_field", "quiet_to")),
    "a minute before the day": ({"quiet_from": -1, "quiet_to": 0}, (400, "malformed_field", "quiet_from")),
    "a minute in words": ({"quiet_from": "23:00", "quiet_to": 0}, (400, "malformed_field", "quiet_from")),
    "a list": ([1], (400, "malformed_json", None)),
}


@pytest.mark.parametrize(("body", "refusal"), FIELDS.values(), ids=FIELDS)
def test_a_change_that_cannot_be_is_refused(ann: Visitor, body: Any, refusal: tuple[int, str, str | None]) -> None:
    assert ann.call("PATCH", "/me", body).refusal == refusal


# --- pictures


def test_a_picture_goes_up_and_comes_down_as_a_small_webp(friends: Friends) -> None:
    ann, bob = friends
    said = upload(ann, write(draw((300, 200)), "JPEG"), "image/jpeg")
    assert said.status == 200
    version = said.body["picture"]
    assert len(version) == 16
    assert ann.get("/me").body["picture"] == bob.get("/people/ann").body["picture"] == version
    response = bob.send("GET", "/people/ann/picture")
    assert (response.status_code, response.mimetype) == (200, "image/webp")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    with Image.open(BytesIO(response.data)) as image:
        assert (image.format, image.size) == ("WEBP", (256, 256))


def test_a_picture_that_is_there_already_is_not_sent_again(friends: Friends) -> None:
    ann, bob = friends
    version = upload(ann, png()).body["picture"]
    first = bob.send("GET", "/people/ann/picture")
    assert (first.headers["ETag"], first.headers["Cache-Control"]) == (f'"{version}"', "private, no-cache")
    again = bob.send("GET", "/people/ann/picture", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    kept = bob.send("GET", f"/people/ann/picture?v={version}")
    assert kept.headers["Cache-Control"] == "private, max-age=604800"
    assert bob.send("GET", "/people/ann/picture?v=old").headers["Cache-Control"] == "private, no-cache"


def test_a_picture_is_taken_away(ann: Visitor) -> None:
    upload(ann, png())
    for _ in range(2):
        assert ann.delete("/me/picture") == (204, None)
    assert ann.get("/me").body["picture"] is None
    assert ann.get("/people/ann/picture").refusal == (404, "no_picture", None)
    assert Picture.select().count() == 0


def test_who_may_not_see_a_person_does_not_see_the_picture(ann: Visitor, eve: Visitor) -> None:
    upload(ann, png())
    assert eve.send("GET", "/people/ann/picture").status_code == 200
    ann.put("/blocks/eve")
    assert eve.get("/people/ann/picture").refusal == (404, "unknown_account", None)
    assert eve.get("/people/ann").refusal == (404, "unknown_account", None)


def test_pictures_are_for_those_who_are_signed_in(site: Site, ann: Visitor) -> None:
    upload(ann, png())
    assert site.visitor().get("/people/ann/picture").refusal == (401, "not_signed_in", None)
    assert upload(site.visitor(), png()).refusal == (401, "not_signed_in", None)
    del ann.headers["X-CSRF-Token"]
    assert upload(ann, png()).refusal == (403, "csrf", None)
    ann.headers["Origin"] = "https://evil.example"
    assert upload(ann, png()).refusal == (403, "forbidden_origin", None)


UPLOADS: dict[str, tuple[bytes, str, tuple[int, str, str | None]]] = {
    "JSON": (b'{"picture": "x"}', "application/json", (415, "not_a_picture", None)),
    "a form": (b"picture=x", "application/x-www-form-urlencoded", (415, "not_a_picture", None)),
    "a file in a form": (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", (415, "not_a_picture", None)),
    "an SVG": (b"<svg/>", "image/svg+xml", (415, "not_a_picture", None)),
    "no type": (png(), "", (415, "not_a_picture", None)),
    "an SVG that is called PNG": (b"<svg/>", "image/png", (400, "bad_picture", None)),
    "nothing": (b"", "image/png", (400, "bad_picture", None)),
    "a picture cut short": (png()[:60], "image/png", (400, "bad_picture", None)),
    "too many pixels": (png_that_claims(60_000, 60_000), "image/png", (413, "picture_too_large", None)),
    "one byte too many": (
        png() + bytes(MAX_FILE_BYTES + 1 - len(png())),
        "image/png",
        (413, "picture_too_large", None),
    ),
}


@pytest.mark.parametrize(("data", "content_type", "refusal"), UPLOADS.values(), ids=UPLOADS)
def test_what_is_no_picture_is_refused(
    ann: Visitor, data: bytes, content_type: str, refusal: tuple[int, str, str | None]
) -> None:
    assert upload(ann, data, content_type).refusal == refusal
    assert ann.get("/me").body["picture"] is None


def test_what_a_picture_is_says_its_content_not_its_name(ann: Visitor) -> None:
    assert upload(ann, write(draw(), "GIF"), "image/png; charset=x").status == 200


def test_a_picture_may_have_5_megabytes_and_everything_else_64_kilobytes(ann: Visitor) -> None:
    assert upload(ann, png() + bytes(MAX_FILE_BYTES - len(png()))).status == 200
    assert ann.call("PATCH", "/me", {"about": "x" * 70_000}).refusal == (413, "too_large", None)


def test_every_endpoint_that_takes_a_picture_exists_and_is_described(site: Site) -> None:
    assert set(BODY_ENDPOINTS) <= set(site.app.view_functions)
    described = [
        (path, set(operation["requestBody"]["content"]))
        for path, operations in site.description["paths"].items()
        for operation in operations.values()
        if "image/png" in operation.get("requestBody", {}).get("content", {})
    ]
    assert len(described) == list(BODY_ENDPOINTS.values()).count(PICTURE)
    assert all(types == {"image/png", "image/jpeg", "image/webp", "image/gif"} for _, types in described)


# --- the card


def test_the_card_of_a_friend(friends: Friends) -> None:
    ann, _ = friends
    assert ann.get("/people/bob") == (
        200,
        {
            "username": "bob",
            "display_name": "bob",
            "about": "",
            "picture": None,
            "kind": "person",
            "owner": None,
            "relation": "friend",
            "deleted": False,
            "remark": "",
            "labels": [],
            "starred": False,
            "presence": {"state": "offline", "text": "", "last_seen": 0},
        },
    )


def test_hidden_and_unknown_people_look_alike(site: Site, ann: Visitor, eve: Visitor) -> None:
    ann.call("PATCH", "/me", {"hidden": True})
    hidden, unknown = eve.get("/people/ann"), eve.get("/people/nobody")
    assert hidden == unknown
    assert hidden.refusal == (404, "unknown_account", None)


@pytest.mark.parametrize("name", ["a%00b", "%ff%fe", "NO%20NAME", "%F0%9F%98%80"])
def test_a_name_that_is_none_is_unknown(ann: Visitor, name: str) -> None:
    for path in (f"/people/{name}", f"/people/{name}/picture"):
        assert ann.get(path).refusal == (404, "unknown_account", None)


def test_a_deleted_friend_is_marked(friends: Friends) -> None:
    ann, _ = friends
    Account.update(deleted_at_ms=5).where(Account.name == "bob").execute()
    assert ann.get("/people/bob").body["deleted"] is True


def test_pictures_are_throttled(make_site: Callable[..., Site]) -> None:
    site = make_site(limits=Limits(), throttles={"profile.set_picture": [Throttle("pictures", "1 per hour", account)]})
    ann = site.member("ann")
    assert upload(ann, png()).status == 200
    assert upload(ann, png((20, 40))).refusal == (429, "rate_limited", None)
