from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from hongyan_core.files.parts import open_part
from hongyan_core.store.models import Account, StoredFile, Upload
from hongyan_web import transfers
from tests.hongyan_web.site import START_MS, Site, Visitor
from tests.hongyan_web.uploading import OCTETS, TUS, append, ask, begin, metadata, path_of, upload
from tests.support.images import png, png_that_claims

TEXT = b"letters by wild goose"
# 24 hours after `START_MS`, 2026-09-21 14:13:20 UTC.
EXPIRES = "Tue, 22 Sep 2026 14:13:20 GMT"


def parts_of(site: Site) -> list[Path]:
    return sorted((site.folder / "uploads").glob("*"))


# --- the protocol, by its own words


def test_options_say_what_the_server_knows_to_anybody(make_site: Callable[..., Site]) -> None:
    response = make_site(max_file_bytes=1_000).visitor().send("OPTIONS", "/uploads")
    told = {name: response.headers[name] for name in response.headers.keys() if name.startswith("Tus-")}  # noqa: SIM118
    assert (response.status_code, told) == (
        204,
        {
            "Tus-Resumable": "1.0.0",
            "Tus-Version": "1.0.0",
            "Tus-Extension": "creation,expiration,termination",
            "Tus-Max-Size": "1000",
        },
    )


def test_an_upload_begins_and_says_where_it_is_and_until_when(ann: Visitor) -> None:
    response = begin(ann, 21)
    assert (response.status_code, response.json) == (201, {})
    assert response.headers["Tus-Resumable"] == "1.0.0"
    assert response.headers["Upload-Expires"] == EXPIRES
    path = path_of(response)
    assert path.startswith("/uploads/")
    assert len(path) == len("/uploads/") + 22


def test_head_says_how_far_it_is(ann: Visitor) -> None:
    path = path_of(begin(ann, 21, "旅 行.txt", "text/plain"))
    append(ann, path, TEXT[:7])
    response = ask(ann, path)
    assert response.status_code == 200
    wanted = {
        "Upload-Offset": "7",
        "Upload-Length": "21",
        "Upload-Metadata": metadata(filename="旅 行.txt", filetype="text/plain"),
        "Upload-Expires": EXPIRES,
        "Cache-Control": "no-store",
        "Tus-Resumable": "1.0.0",
    }
    assert {name: response.headers[name] for name in wanted} == wanted


def test_bytes_in_several_pieces_become_a_file_of_the_same_id(site: Site, ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    for offset, end in ((0, 7), (7, 8), (8, 21)):
        response = append(ann, path, TEXT[offset:end], offset)
        assert (response.status_code, response.data, response.headers["Upload-Offset"]) == (204, b"", str(end))
        assert ("Upload-Expires" in response.headers) == (end < 21)
    file_id = path.removeprefix("/uploads/")
    assert ann.get(f"/files/{file_id}/about").body == {
        "id": file_id,
        "name": "notes.txt",
        "type": "text/plain",
        "size": 21,
        "width": None,
        "height": None,
        "thumb": False,
    }
    assert ann.send("GET", f"/files/{file_id}").data == TEXT
    assert (parts_of(site), Upload.select().count()) == ([], 0)


def test_who_missed_the_last_answer_learns_that_all_is_there(ann: Visitor) -> None:
    path = f"/uploads/{upload(ann, TEXT)}"
    response = ask(ann, path)
    assert (response.headers["Upload-Offset"], response.headers["Upload-Length"]) == ("21", "21")
    assert append(ann, path, b"", 21).json["error"]["code"] == "unknown_upload"


def test_an_empty_file_is_there_at_once(ann: Visitor) -> None:
    response = begin(ann, 0, "empty")
    assert "Upload-Expires" not in response.headers
    file_id = path_of(response).removeprefix("/uploads/")
    assert ann.get(f"/files/{file_id}/about").body["size"] == 0
    assert ann.send("GET", f"/files/{file_id}").data == b""


def test_a_patch_of_no_bytes_changes_nothing(ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    assert append(ann, path, b"").headers["Upload-Offset"] == "0"


def test_an_upload_is_given_up(site: Site, ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    append(ann, path, TEXT[:7])
    assert ann.send("DELETE", path, headers=TUS).status_code == 204
    assert ask(ann, path).status_code == 404
    assert (parts_of(site), Upload.select().count()) == ([], 0)


@pytest.mark.parametrize(
    ("meant", "status"), [("PATCH", 204), ("patch", 204), ("DELETE", 204), ("PUT", 405), ("", 405)]
)
def test_a_proxy_that_knows_post_only_is_no_obstacle(ann: Visitor, meant: str, status: int) -> None:
    path = path_of(begin(ann, 21))
    headers = {**TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": meant}
    response = ann.send("POST", path, headers=headers, data=TEXT, content_type=OCTETS)
    assert response.status_code == status
    assert (Upload.select().count(), StoredFile.select().count()) == {
        "PATCH": (0, 1),
        "DELETE": (0, 0),
    }.get(meant.upper(), (1, 0))


# --- cut off


def test_what_came_before_the_line_was_cut_counts(ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    cut = cut_off(ann, path)
    assert cut.status_code == 400
    assert ask(ann, path).headers["Upload-Offset"] == "7"
    assert append(ann, path, TEXT[7:], 7).status_code == 204


def cut_off(visitor: Visitor, path: str) -> TestResponse:
    """7 of 21 bytes."""
    return append(visitor, path, TEXT[:7], environ_overrides={"CONTENT_LENGTH": "21"})


def test_what_a_crash_left_beyond_the_count_is_written_anew(site: Site, ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    append(ann, path, TEXT[:7])
    (part,) = parts_of(site)
    part.write_bytes(TEXT[:7] + b"half of a page of zeros")
    assert append(ann, path, TEXT[7:], 7).status_code == 204
    assert ann.send("GET", path.replace("/uploads/", "/files/")).data == TEXT


def test_one_request_at_a_time_writes(site: Site, ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    with open_part(site.folder / "uploads", path.removeprefix("/uploads/")):
        for response in (append(ann, path, TEXT), ann.send("DELETE", path, headers=TUS)):
            assert (response.status_code, response.json["error"]["code"]) == (423, "upload_busy")
    assert append(ann, path, TEXT).status_code == 204


# --- refused

HEADERS: dict[str, tuple[dict[str, str | None], tuple[int, str, str | None]]] = {
    "no version": ({"Tus-Resumable": None}, (412, "tus_version", None)),
    "another version": ({"Tus-Resumable": "0.2.2"}, (412, "tus_version", None)),
    "no length": ({"Upload-Length": None}, (400, "missing_field", "Upload-Length")),
    "a length to be told later": (
        {"Upload-Length": None, "Upload-Defer-Length": "1"},
        (400, "missing_field", "Upload-Length"),
    ),
    "a length below nothing": ({"Upload-Length": "-1"}, (400, "malformed_field", "Upload-Length")),
    "a length in words": ({"Upload-Length": "many"}, (400, "malformed_field", "Upload-Length")),
    "a length in Arabic digits": ({"Upload-Length": "²"}, (400, "malformed_field", "Upload-Length")),
    "more than a file may have": ({"Upload-Length": str(1024**3 + 1)}, (413, "file_too_large", None)),
    "a number of forty digits": ({"Upload-Length": "9" * 40}, (400, "malformed_field", "Upload-Length")),
    "a name that is not base64": ({"Upload-Metadata": "filename ?"}, (400, "malformed_field", "Upload-Metadata")),
    "a name that is not UTF-8": ({"Upload-Metadata": "filename /w=="}, (400, "malformed_field", "Upload-Metadata")),
}


@pytest.mark.parametrize(("changed", "refusal"), HEADERS.values(), ids=HEADERS)
def test_a_beginning_that_cannot_be_is_refused(
    ann: Visitor, changed: dict[str, str | None], refusal: tuple[int, str, str | None]
) -> None:
    headers = {**TUS, "Upload-Length": "21", "Upload-Metadata": metadata(filename="x"), **changed}
    said = ann.call("POST", "/uploads", headers={name: value for name, value in headers.items() if value is not None})
    assert said.refusal == refusal
    assert Upload.select().count() == 0


def test_a_refusal_of_the_version_names_ours(ann: Visitor) -> None:
    response = ann.send("POST", "/uploads", headers={"Upload-Length": "1"})
    assert (response.headers["Tus-Version"], response.headers["Tus-Resumable"]) == ("1.0.0", "1.0.0")


PATCHES: dict[str, tuple[dict[str, str | None], bytes, tuple[int, str, str | None]]] = {
    "no version": ({"Tus-Resumable": None}, TEXT, (412, "tus_version", None)),
    "no offset": ({"Upload-Offset": None}, TEXT, (400, "missing_field", "Upload-Offset")),
    "an offset of words": ({"Upload-Offset": "x"}, TEXT, (400, "malformed_field", "Upload-Offset")),
    "an offset behind": ({"Upload-Offset": "3"}, b"x", (409, "wrong_offset", None)),
    "an offset ahead": ({"Upload-Offset": "8"}, b"x", (409, "wrong_offset", None)),
    "one byte too many": ({}, TEXT[7:] + b"!", (413, "upload_too_long", None)),
    "JSON": ({"Content-Type": "application/json"}, b"{}", (415, "not_octets", None)),
    "a form": ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--", (415, "not_octets", None)),
    "no type": ({"Content-Type": None}, b"x", (415, "not_octets", None)),
    "pieces without a length": ({"Transfer-Encoding": "chunked"}, b"x", (415, "not_octets", None)),
}


@pytest.mark.parametrize(("changed", "data", "refusal"), PATCHES.values(), ids=PATCHES)
def test_bytes_that_do_not_belong_there_are_refused(
    ann: Visitor, changed: dict[str, str | None], data: bytes, refusal: tuple[int, str, str | None]
) -> None:
    path = path_of(begin(ann, 21))
    append(ann, path, TEXT[:7])
    given = {**TUS, "Upload-Offset": "7", "Content-Type": OCTETS, **changed}
    headers = {name: value for name, value in given.items() if value is not None}
    assert ann.call("PATCH", path, data=data, headers=headers).refusal == refusal
    assert ask(ann, path).headers["Upload-Offset"] == "7"


UNKNOWN = ["nobody", "x" * 22, "x" * 500, "%00" * 22, "..%2f..%2fsecret.key", "%ff", " "]


@pytest.mark.parametrize("upload_id", UNKNOWN)
def test_an_upload_that_is_none_is_unknown(ann: Visitor, upload_id: str) -> None:
    path = f"/uploads/{upload_id}"
    assert ask(ann, path).status_code == 404
    assert append(ann, path, TEXT).status_code == 404
    assert ann.send("DELETE", path, headers=TUS).status_code == 404


def test_the_upload_of_somebody_else_looks_like_none(ann: Visitor, bob: Visitor) -> None:
    path = path_of(begin(ann, 21))
    append(ann, path, TEXT[:7])
    assert ask(bob, path).status_code == 404
    for response in (append(bob, path, TEXT[7:], 7), bob.send("DELETE", path, headers=TUS)):
        assert (response.status_code, response.json["error"]["code"]) == (404, "unknown_upload")
    assert ask(ann, path).headers["Upload-Offset"] == "7"


def test_uploads_are_for_those_who_are_signed_in_and_mean_it(site: Site, ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    assert begin(site.visitor(), 21).status_code == append(site.visitor(), path, TEXT).status_code == 401
    del ann.headers["X-CSRF-Token"]
    assert begin(ann, 21).json["error"]["code"] == append(ann, path, TEXT).json["error"]["code"] == "csrf"
    ann.headers["Origin"] = "https://evil.example"
    assert append(ann, path, TEXT).json["error"]["code"] == "forbidden_origin"


def test_a_program_uploads_by_its_token(site: Site, ann: Visitor) -> None:
    assert ann.get(f"/files/{upload(site.program('ann'), TEXT)}/about").status == 200


def test_the_body_of_a_beginning_is_not_the_file(ann: Visitor) -> None:
    headers = {**TUS, "Upload-Length": "21"}
    assert ann.call("POST", "/uploads", data=TEXT, content_type=OCTETS, headers=headers).refusal[:2] == (
        415,
        "not_json",
    )


BAD_PICTURES: dict[str, tuple[bytes, tuple[int, str, str | None]]] = {
    "cut short": (png()[:60], (400, "bad_picture", None)),
    "a bomb": (png_that_claims(60_000, 60_000), (413, "picture_too_large", None)),
}


@pytest.mark.parametrize(("data", "refusal"), BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_a_picture_that_cannot_be_read_is_refused_with_its_last_byte_and_gone(
    site: Site, ann: Visitor, data: bytes, refusal: tuple[int, str, str | None]
) -> None:
    path = path_of(begin(ann, len(data), "holiday.png", "image/png"))
    response = append(ann, path, data)
    assert (response.status_code, response.json["error"]["code"], None) == refusal
    assert ask(ann, path).status_code == 404
    assert (parts_of(site), Upload.select().count(), StoredFile.select().count()) == ([], 0, 0)


# --- how much


def test_the_storage_counts_files_and_what_has_begun(make_site: Callable[..., Site]) -> None:
    site = make_site(file_quota_bytes=100, max_file_bytes=60)
    ann = site.member("ann")
    assert ann.get("/me/storage").body == {"used": 0, "quota": 100}
    upload(ann, b"x" * 40)
    path = path_of(begin(ann, 50))
    assert ann.get("/me/storage").body == {"used": 90, "quota": 100}
    assert begin(ann, 11).json["error"]["code"] == "quota_full"
    assert begin(ann, 61).json["error"]["code"] == "file_too_large"
    ann.send("DELETE", path, headers=TUS)
    assert begin(ann, 60).status_code == 201


def test_an_account_may_have_a_quota_of_its_own(ann: Visitor) -> None:
    Account.update(quota_bytes=10).where(Account.name == "ann").execute()
    assert ann.get("/me/storage").body == {"used": 0, "quota": 10}
    assert begin(ann, 11).json["error"]["code"] == "quota_full"


def test_twenty_uploads_may_wait_for_their_end(ann: Visitor) -> None:
    paths = [path_of(begin(ann, 21)) for _ in range(20)]
    refused = begin(ann, 21).json["error"]
    assert (refused["code"], "20" in refused["message"]) == ("too_many", True)
    append(ann, paths[0], TEXT)
    assert begin(ann, 21).status_code == 201


def test_four_of_one_account_are_taken_in_at_a_time(ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    for _ in range(4):
        transfers.uploading.take("ann")
    response = append(ann, path, TEXT)
    assert (response.status_code, response.headers["Retry-After"]) == (429, "2")
    for _ in range(4):
        transfers.uploading.give_back("ann")
    assert append(ann, path, TEXT).status_code == 204


def test_the_time_of_an_upload_counts_from_its_last_byte(site: Site, ann: Visitor) -> None:
    path = path_of(begin(ann, 21))
    site.clock.now_ms = START_MS + 3_600_000
    assert append(ann, path, TEXT[:7]).headers["Upload-Expires"] == "Tue, 22 Sep 2026 15:13:20 GMT"


# --- names

NAMES = {
    "a path": ("../../etc/passwd", "passwd"),
    "a path of Windows": ("C:\\Users\\ann\\secret.doc", "secret.doc"),
    "nothing": ("", "file"),
    "only a path": ("a/b/", "file"),
    "turned around": ("photo\u202egpj.exe", "photogpj.exe"),
    "two lines": ("a\r\nSet-Cookie: x", "a Set-Cookie_ x"),
    "Chinese": ("会议 记录.docx", "会议 记录.docx"),
}


@pytest.mark.parametrize(("given", "kept"), NAMES.values(), ids=NAMES)
def test_a_name_is_what_can_be_seen_of_it(ann: Visitor, given: str, kept: str) -> None:
    assert ann.get(f"/files/{upload(ann, TEXT, given)}/about").body["name"] == kept


def test_a_key_without_a_value_and_unknown_keys_are_passed_over(ann: Visitor) -> None:
    told = f"is_secret, filename {base64.b64encode(b'a.txt').decode()} ,other eA=="
    response = ann.send("POST", "/uploads", headers={**TUS, "Upload-Length": "1", "Upload-Metadata": told})
    assert response.status_code == 201
    assert Upload.get().name == "a.txt"
