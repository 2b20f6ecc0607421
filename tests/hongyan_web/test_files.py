from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from hongyan_core.store.models import Account, Attachment, Conversation, HiddenMessage, StoredFile
from hongyan_web import transfers
from hongyan_web.files import name_file
from tests.hongyan_web.site import Site, Visitor
from tests.hongyan_web.uploading import upload
from tests.support.files import attach
from tests.support.images import draw, png, write

DIGITS = b"0123456789"
SANDBOX = "sandbox; default-src 'none'"


@pytest.fixture
def between(friends: tuple[Visitor, Visitor]) -> Conversation:
    """The conversation of ann and bob."""
    low, high = Account.get(name="ann"), Account.get(name="bob")
    made: Conversation = Conversation.create(key="user:ann:bob", kind="user", low=low, high=high, last_seq=9)
    return made


# --- what comes down


def test_a_file_comes_down_as_it_went_up_and_is_saved(ann: Visitor) -> None:
    response = ann.send("GET", f"/files/{upload(ann, DIGITS, '报 告.txt')}")
    wanted = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": "10",
        "Content-Disposition": "attachment; filename=\"_ _.txt\"; filename*=UTF-8''%E6%8A%A5%20%E5%91%8A.txt",
        "Content-Security-Policy": SANDBOX,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-cache",
        "Accept-Ranges": "bytes",
    }
    assert (response.status_code, response.data) == (200, DIGITS)
    assert {name: response.headers[name] for name in wanted} == wanted


WEBM = b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(50)
TYPES = {
    "HTML": (b"<!doctype html><script>alert(1)</script>", "text/html", "text/plain", "attachment"),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml", "text/plain", "attachment"),
    "HTML that is called a picture": (b"<html><script>", "image/png", "text/plain", "attachment"),
    "a PDF": (b"%PDF-1.7\n", "application/pdf", "application/pdf", "attachment"),
    "anything": (b"\0\1\2", "text/html", "application/octet-stream", "attachment"),
    "a recording": (WEBM, "audio/webm;codecs=opus", "audio/webm", "inline"),
    "a film": (WEBM, "video/webm", "video/webm", "inline"),
    "a picture": (png(), "application/x-msdownload", "image/png", "inline"),
}


@pytest.mark.parametrize(("data", "claimed", "media_type", "way"), TYPES.values(), ids=TYPES)
def test_the_type_is_what_the_bytes_say(ann: Visitor, data: bytes, claimed: str, media_type: str, way: str) -> None:
    file_id = upload(ann, data, "thing", claimed)
    response = ann.send("GET", f"/files/{file_id}")
    assert (response.mimetype, response.headers["Content-Disposition"].partition(";")[0]) == (media_type, way)
    assert response.headers["Content-Security-Policy"] == SANDBOX
    saved = ann.send("GET", f"/files/{file_id}?download=1")
    assert saved.headers["Content-Disposition"].startswith("attachment;")


def test_a_picture_loses_what_it_says_of_its_maker_and_has_a_small_one(ann: Visitor) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Camera of Ann"
    file_id = upload(ann, write(draw((1_000, 500)), "JPEG", exif=exif), "holiday.jpg")
    about = ann.get(f"/files/{file_id}/about").body
    assert {name: about[name] for name in ("type", "width", "height", "thumb")} == {
        "type": "image/jpeg",
        "width": 1_000,
        "height": 500,
        "thumb": True,
    }
    data = ann.send("GET", f"/files/{file_id}").data
    assert (b"Camera of Ann" in data, len(data)) == (False, about["size"])
    response = ann.send("GET", f"/files/{file_id}/thumb")
    assert response.headers["Content-Security-Policy"] == SANDBOX
    with Image.open(BytesIO(response.data)) as thumb:
        assert (thumb.format, thumb.size) == ("WEBP", (480, 240))


def test_what_has_no_small_picture_says_so(ann: Visitor) -> None:
    assert ann.get(f"/files/{upload(ann, DIGITS)}/thumb").refusal == (404, "no_picture", None)


# --- parts of it

RANGES: dict[str, tuple[str, int, bytes, str | None]] = {
    "the first": ("bytes=0-0", 206, b"0", "bytes 0-0/10"),
    "from there on": ("bytes=7-", 206, b"789", "bytes 7-9/10"),
    "the last": ("bytes=-2", 206, b"89", "bytes 8-9/10"),
    "beyond the end": ("bytes=8-99", 206, b"89", "bytes 8-9/10"),
    "more than all from behind": ("bytes=-99", 206, DIGITS, "bytes 0-9/10"),
    "several are the whole": ("bytes=0-1,4-5", 200, DIGITS, None),
    "another unit is the whole": ("lines=0-1", 200, DIGITS, None),
    "nonsense is the whole": ("bytes=x", 200, DIGITS, None),
    "backwards is the whole": ("bytes=5-2", 200, DIGITS, None),
}


@pytest.mark.parametrize(("wanted", "status", "data", "told"), RANGES.values(), ids=RANGES)
def test_a_part_is_sent_alone(ann: Visitor, wanted: str, status: int, data: bytes, told: str | None) -> None:
    response = ann.send("GET", f"/files/{upload(ann, DIGITS)}", headers={"Range": wanted})
    assert (response.status_code, response.data) == (status, data)
    assert (response.headers.get("Content-Range"), response.headers["Content-Length"]) == (told, str(len(data)))


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=10-11"])
def test_a_part_behind_the_end_is_refused_with_the_length(ann: Visitor, wanted: str) -> None:
    response = ann.send("GET", f"/files/{upload(ann, DIGITS)}", headers={"Range": wanted})
    assert (response.status_code, response.json["error"]["code"]) == (416, "bad_range")
    assert response.headers["Content-Range"] == "bytes */10"


def test_a_part_of_another_version_is_the_whole(ann: Visitor) -> None:
    path = f"/files/{upload(ann, DIGITS)}"
    tag = ann.send("GET", path).headers["ETag"]
    for given, status in ((tag, 206), ('"other"', 200), (f"W/{tag}", 200), ("Mon, 21 Sep 2026 14:13:20 GMT", 200)):
        headers = {"Range": "bytes=0-0", "If-Range": given}
        assert ann.send("GET", path, headers=headers).status_code == status


def test_what_the_caller_has_is_not_sent_again(ann: Visitor) -> None:
    file_id = upload(ann, png())
    for path in (f"/files/{file_id}", f"/files/{file_id}/thumb"):
        tag = ann.send("GET", path).headers["ETag"]
        again = ann.send("GET", path, headers={"If-None-Match": tag})
        assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", "private, no-cache")


def test_head_tells_the_length_and_reads_nothing(ann: Visitor) -> None:
    response = ann.send("HEAD", f"/files/{upload(ann, DIGITS)}")
    assert (response.status_code, response.headers["Content-Length"], response.data) == (200, "10", b"")


def test_sixteen_long_ones_of_one_account_are_sent_at_a_time(ann: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hongyan_web.files.SMALL_BYTES", 5)
    path = f"/files/{upload(ann, DIGITS)}"
    for _ in range(2):
        assert ann.send("GET", path).data == DIGITS
    assert not transfers.downloading._taken
    for _ in range(16):
        transfers.downloading.take("ann")
    assert ann.get(path).refusal == (429, "rate_limited", None)
    assert ann.send("GET", path, headers={"Range": "bytes=0-4"}).status_code == 206
    for _ in range(16):
        transfers.downloading.give_back("ann")


def test_bytes_that_the_store_has_lost_are_told_as_that(site: Site, ann: Visitor) -> None:
    file_id = upload(ann, DIGITS)
    for blob in (site.folder / "files").rglob("*"):
        blob.is_file() and blob.unlink()
    assert ann.get(f"/files/{file_id}").refusal == (503, "files_unavailable", None)


# --- who may


def statuses(visitor: Visitor, file_id: str) -> set[int]:
    paths = (f"/files/{file_id}", f"/files/{file_id}/about", f"/files/{file_id}/thumb")
    return {visitor.send("GET", path).status_code for path in paths}


def test_who_sees_a_message_that_holds_it_may_read_and_nobody_else(
    site: Site, ann: Visitor, bob: Visitor, eve: Visitor, between: Conversation
) -> None:
    file_id = upload(ann, png(), "p.png")
    assert (statuses(ann, file_id), statuses(bob, file_id)) == ({200}, {404})
    attach(between, 3, file_id, kind="image")
    assert (statuses(ann, file_id), statuses(bob, file_id), statuses(eve, file_id)) == ({200}, {200}, {404})
    assert statuses(site.visitor(), file_id) == {401}


def test_another_s_file_and_none_look_alike(ann: Visitor, eve: Visitor) -> None:
    file_id = upload(ann, png())
    theirs, none = eve.get(f"/files/{file_id}"), eve.get(f"/files/{'x' * 22}")
    assert theirs == none
    assert theirs.refusal == (404, "unknown_file", None)


def test_knowing_the_hash_grants_nothing(ann: Visitor, eve: Visitor) -> None:
    """Whoever uploads the same has a file of its own, and the other one still is not there."""
    file_id, blob = upload(ann, png()), StoredFile.get().hash
    assert eve.get(f"/files/{blob}").refusal == (404, "unknown_file", None)
    own = upload(eve, png())
    assert (statuses(eve, own), statuses(eve, file_id)) == ({200}, {404})


@pytest.mark.parametrize("file_id", ["x", "x" * 22, "%00" * 22, "..%2fsecret.key", "x" * 64, "%ff"])
def test_a_file_that_is_none_is_unknown(ann: Visitor, file_id: str) -> None:
    for path in (f"/files/{file_id}", f"/files/{file_id}/about", f"/files/{file_id}/thumb"):
        assert ann.send("GET", path).status_code == 404


def test_a_message_that_is_deleted_for_oneself_shows_its_file_no_longer(
    ann: Visitor, bob: Visitor, between: Conversation
) -> None:
    file_id = upload(ann, png())
    attach(between, 3, file_id)
    HiddenMessage.create(account=Account.get(name="bob"), conversation=between, seq=3)
    assert (statuses(ann, file_id), statuses(bob, file_id)) == ({200}, {404})
    attach(between, 4, file_id)
    assert statuses(bob, file_id) == {200}


def test_a_message_that_is_gone_shows_its_file_to_its_owner_alone(
    ann: Visitor, bob: Visitor, between: Conversation
) -> None:
    file_id = upload(ann, png())
    attach(between, 3, file_id)
    Attachment.delete().execute()
    assert (statuses(ann, file_id), statuses(bob, file_id)) == ({200}, {404})


# --- names

NAMES: dict[str, tuple[str, str]] = {
    "plain": ("a b.txt", "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"),
    "a quote": ('a"b', "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b"),
    "a percent": ("100%41", "attachment; filename=\"100_41\"; filename*=UTF-8''100%2541"),
    "a semicolon": ("a;b=c", "attachment; filename=\"a;b=c\"; filename*=UTF-8''a%3Bb%3Dc"),
    "two lines": ("a\r\nb", "attachment; filename=\"a__b\"; filename*=UTF-8''a%0D%0Ab"),
    "Chinese": ("雁", "attachment; filename=\"_\"; filename*=UTF-8''%E9%9B%81"),
}


@pytest.mark.parametrize(("name", "header"), NAMES.values(), ids=NAMES)
def test_a_name_is_said_as_rfc_6266_has_it(name: str, header: str) -> None:
    assert name_file("attachment", name) == header


def test_whether_to_save_is_yes_or_no(ann: Visitor) -> None:
    assert ann.get(f"/files/{upload(ann, DIGITS)}?download=maybe").refusal == (400, "malformed_field", "download")
