from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable

import pytest

from hongyan.limits import Limits
from hongyan_core.store.models import Account, proxy
from tests.hongyan_web.site import PASSWORD, Site, Visitor, publish


@pytest.fixture
def members(site: Site, friends: tuple[Visitor, Visitor]) -> tuple[Visitor, Visitor]:
    """Ann and bob, who hold no office, whoever came first."""
    Account.update(role="user").execute()
    site.member("boss")
    Account.update(role="admin").where(Account.name == "boss").execute()
    return friends


def test_everything_of_ones_own_comes_as_an_archive(members: tuple[Visitor, Visitor]) -> None:
    ann, _ = members
    publish(("ann", "send/user/bob", "你好".encode()), ("bob", "send/user/ann", b"hello"))
    response = ann.send("GET", "/me/export")
    assert (response.status_code, response.mimetype) == (200, "application/zip")
    assert response.headers["Content-Disposition"] == 'attachment; filename="hongyan-ann.zip"'
    assert response.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        assert json.loads(archive.read("account.json"))["username"] == "ann"
        said = [json.loads(line)["body"] for line in archive.read("conversations/user/bob.jsonl").splitlines()]
    assert said == ["你好", "hello"]


def test_the_archive_is_made_while_it_is_sent(members: tuple[Visitor, Visitor]) -> None:
    ann, _ = members
    assert ann.send("GET", "/me/export", buffered=False).is_streamed
    assert ann.get("/me").status == 200


def test_an_archive_that_is_not_taken_leaves_nothing_open(members: tuple[Visitor, Visitor]) -> None:
    ann, _ = members
    response = ann.client.get("/api/v1/me/export", buffered=False)
    next(iter(response.response))
    response.close()
    proxy.obj.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # "table is locked" while a query is half read
    assert ann.get("/me").status == 200


def test_nobody_takes_an_archive_without_a_sign_in(site: Site) -> None:
    assert site.visitor().get("/me/export").refusal[:2] == (401, "not_signed_in")


def test_archives_are_counted(make_site: Callable[..., Site]) -> None:
    ann = make_site(limits=Limits()).member("ann")
    statuses = [ann.send("GET", "/me/export").status_code for _ in range(7)]
    assert statuses == [200] * 6 + [429]


def test_an_account_is_deleted_by_its_owner_with_the_password(members: tuple[Visitor, Visitor]) -> None:
    ann, bob = members
    publish(("ann", "send/user/bob", b"farewell"))
    assert ann.call("DELETE", "/me", {"password": PASSWORD}) == (204, None)
    assert ann.get("/me").refusal[:2] == (401, "not_signed_in")
    assert ann.sign_in("ann").refusal[:2] == (401, "bad_credentials")
    assert bob.get("/friends").body == {"friends": []}
    (head,) = bob.get("/conversations").body["conversations"]
    assert (head["key"], head["title"], head["last_message"]["body"]) == ("user/ann", "…", "farewell")
    assert bob.get("/conversations/user/ann/messages").body["last_seq"] == 1
    taken = {"username": "ann", "password": PASSWORD}
    assert ann.site.visitor().post("/accounts", taken).refusal[:2] == (409, "name_taken")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"password": "a wild guess"}, (401, "bad_credentials", "password"), id="a wrong password"),
        pytest.param({}, (401, "bad_credentials", "password"), id="no password"),
        pytest.param({"password": PASSWORD, "really": True}, (400, "unknown_field", "really"), id="more than asked"),
    ],
)
def test_without_the_password_nothing_is_deleted(
    members: tuple[Visitor, Visitor], body: dict[str, object], expected: tuple[int, str, str | None]
) -> None:
    ann, _ = members
    assert ann.call("DELETE", "/me", body).refusal == expected
    assert ann.get("/me").status == 200


def test_a_program_does_not_delete_its_account(site: Site, members: tuple[Visitor, Visitor]) -> None:
    said = site.program("ann").call("DELETE", "/me", {"password": PASSWORD})
    assert said.refusal == (403, "not_permitted", None)


def test_the_last_administrator_stays(site: Site, members: tuple[Visitor, Visitor]) -> None:
    boss = site.visitor()
    boss.sign_in("boss")
    assert boss.call("DELETE", "/me", {"password": PASSWORD}).refusal == (409, "last_admin", None)
