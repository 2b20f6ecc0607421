from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hongyan_core.actions.administration import change_role
from hongyan_core.actions.audit import COMMAND_LINE
from hongyan_core.actions.tickets import redeem_ticket
from hongyan_core.standing import ServerRole
from hongyan_core.store.models import Account, Outbox
from tests.hongyan_web.site import PASSWORD, START_MS, Site, Visitor, publish
from tests.support.cast import make_account

DAY_MS = 86_400_000
BOB = {
    "username": "bob",
    "display_name": "bob",
    "kind": "person",
    "role": "user",
    "owner": None,
    "email": None,
    "created_at": START_MS,
    "disabled_at": None,
    "deleted_at": None,
}


@pytest.fixture
def boss(site: Site) -> Visitor:
    return make_officer(site, "boss", ServerRole.ADMIN)


@pytest.fixture
def mod(site: Site, boss: Visitor) -> Visitor:
    """Never the first account, which administers the server."""
    return make_officer(site, "mod", ServerRole.MODERATOR)


@pytest.fixture
def someone(site: Site) -> Account:
    """Bob, who is there and never signs in."""
    return make_account("bob")


def make_officer(site: Site, name: str, role: ServerRole) -> Visitor:
    visitor = site.member(name)
    change_role(COMMAND_LINE, name, role, at_ms=START_MS)
    return visitor


def audit(boss: Visitor) -> list[tuple[str, str, str, str]]:
    """What the log has beyond what the command line did to make officers."""
    entries = boss.get("/admin/audit").body["entries"]
    return [(e["actor"], e["action"], e["target"], e["address"]) for e in entries if e["actor"]]


def test_an_administrator_lists_and_searches_accounts(boss: Visitor, bob: Visitor) -> None:
    assert boss.get("/admin/accounts?limit=1") == (200, {"accounts": [BOB], "next": "bob"})
    page = boss.get("/admin/accounts?after=bob").body
    assert ([row["username"] for row in page["accounts"]], page["next"]) == (["boss"], None)
    assert [row["username"] for row in boss.get("/admin/accounts?q=BO").body["accounts"]] == ["bob", "boss"]
    assert boss.get("/admin/accounts?q=nobody").body == {"accounts": [], "next": None}


def test_only_administrators_see_addresses(boss: Visitor, mod: Visitor, bob: Visitor) -> None:
    Account.update(email="bob@example.org").where(Account.name == "bob").execute()
    seen = [visitor.get("/admin/accounts?q=bob").body["accounts"][0]["email"] for visitor in (boss, mod)]
    assert seen == ["bob@example.org", None]


def test_who_is_disabled_is_signed_out_and_comes_back_when_enabled(boss: Visitor, bob: Visitor) -> None:
    said = boss.call("PATCH", "/admin/accounts/bob", {"disabled": True})
    assert said == (200, {**BOB, "disabled_at": START_MS})
    assert bob.get("/me").refusal[:2] == (401, "not_signed_in")
    assert bob.sign_in("bob").refusal[:2] == (401, "bad_credentials")
    assert boss.call("PATCH", "/admin/accounts/bob", {"disabled": False}) == (200, BOB)
    assert bob.sign_in("bob").status == 200
    assert audit(boss) == [
        ("boss", "enable", "bob", "127.0.0.1"),
        ("boss", "disable", "bob", "127.0.0.1"),
    ]


def test_a_role_is_given(boss: Visitor, bob: Visitor) -> None:
    assert boss.call("PATCH", "/admin/accounts/bob", {"role": "moderator"}) == (200, {**BOB, "role": "moderator"})
    assert bob.get("/admin/reports").status == 200
    assert bob.get("/admin/audit").refusal[:2] == (403, "not_permitted")


def test_nothing_to_change_changes_nothing(boss: Visitor, bob: Visitor) -> None:
    assert boss.call("PATCH", "/admin/accounts/bob", {}) == (200, BOB)
    assert boss.call("PATCH", "/admin/accounts/nobody", {}).refusal[:2] == (404, "unknown_account")


def test_a_reset_link_leads_to_the_site_and_works_for_a_day(boss: Visitor, bob: Visitor) -> None:
    said = boss.post("/admin/accounts/bob/reset")
    address, _, secret = said.body["url"].rpartition("/")
    assert (said.status, address) == (200, "http://127.0.0.1:8000/#/reset")
    assert redeem_ticket(secret, "reset", at_ms=START_MS + DAY_MS - 1).account.name == "bob"
    assert secret not in str(boss.get("/admin/audit").body)


def test_a_reset_link_names_the_configured_address_and_never_the_host_header(make_site: Callable[..., Site]) -> None:
    site = make_site(public_url="https://chat.example/")
    boss = make_officer(site, "boss", ServerRole.ADMIN)
    make_account("bob")
    elsewhere = "https://evil.example"
    said = boss.call("POST", "/session", {"username": "boss", "password": PASSWORD}, base_url=elsewhere)
    boss.headers["X-CSRF-Token"] = said.body["csrf_token"]
    said = boss.call("POST", "/admin/accounts/bob/reset", base_url=elsewhere)
    assert said.body["url"].startswith("https://chat.example/#/reset/")


def test_an_account_is_deleted_and_stays_in_the_list(boss: Visitor, friends: tuple[Visitor, Visitor]) -> None:
    ann, bob = friends
    assert boss.delete("/admin/accounts/bob") == (204, None)
    assert bob.get("/me").refusal[:2] == (401, "not_signed_in")
    assert ann.get("/friends").body == {"friends": []}
    row = boss.get("/admin/accounts?q=bob").body["accounts"][0]
    assert row == {**BOB, "display_name": "…", "deleted_at": START_MS}
    assert boss.delete("/admin/accounts/bob").refusal[:2] == (404, "unknown_account")


def test_the_audit_log_is_read_in_pages(boss: Visitor, bob: Visitor) -> None:
    for role in ("moderator", "admin", "user"):
        boss.call("PATCH", "/admin/accounts/bob", {"role": role})
    first = boss.get("/admin/audit?limit=2").body
    assert [entry["detail"] for entry in first["entries"]] == [{"role": "user"}, {"role": "admin"}]
    rest = boss.get(f"/admin/audit?limit=2&before={first['next']}").body
    assert [(e["actor"], e["detail"]) for e in rest["entries"]] == [("boss", {"role": "moderator"})]
    assert (first["next"], rest["next"]) == (first["entries"][-1]["id"], None)
    oldest = rest["entries"][-1]["id"]
    assert boss.get(f"/admin/audit?before={oldest}").body == {"entries": [], "next": None}


def test_no_route_changes_the_audit_log(boss: Visitor) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert boss.call(method, "/admin/audit").status == 405
        assert boss.call(method, "/admin/audit/1").status == 404


def test_a_report_is_read_and_closed_by_a_moderator(mod: Visitor, friends: tuple[Visitor, Visitor]) -> None:
    ann, _ = friends
    publish(("bob", "send/user/ann", b"rude"))
    made = ann.post("/reports", {"username": "bob", "seq": 1, "text": "Rude."}).body["id"]
    (row,) = mod.get("/admin/reports").body["reports"]
    message = row.pop("message")
    assert (message["from"], message["body"], message["seq"]) == ("bob", "rude", 1)
    assert row == {
        "id": made,
        "reporter": "ann",
        "username": "bob",
        "group": None,
        "seq": 1,
        "text": "Rude.",
        "created_at": START_MS,
        "state": "open",
        "outcome": "",
        "decided_by": None,
        "decided_at": None,
    }
    assert mod.post(f"/admin/reports/{made}/close", {"outcome": "Warned."}) == (204, None)
    assert mod.get("/admin/reports").body == {"reports": [], "next": None}
    (row,) = mod.get("/admin/reports?state=closed").body["reports"]
    assert (row["outcome"], row["decided_by"], row["decided_at"]) == ("Warned.", "mod", START_MS)
    assert mod.post(f"/admin/reports/{made}/close", {"outcome": "Twice."}).refusal[:2] == (404, "unknown_report")


def test_reports_are_read_in_pages(mod: Visitor, ann: Visitor, bob: Visitor) -> None:
    ids = [ann.post("/reports", {"username": "bob", "text": f"{n}"}).body["id"] for n in range(3)]
    first = mod.get("/admin/reports?limit=2").body
    assert ([row["id"] for row in first["reports"]], first["next"]) == ([ids[2], ids[1]], ids[1])
    assert [row["id"] for row in mod.get(f"/admin/reports?limit=2&before={ids[1]}").body["reports"]] == [ids[0]]


def test_a_broadcast_is_on_its_way_to_all(boss: Visitor, bob: Visitor) -> None:
    assert boss.post("/admin/broadcasts", {"body": "Tonight we are down."}) == (202, {})
    assert [group["name"] for group in bob.get("/groups").body["groups"]] == ["everyone"]
    assert Outbox.select().where(Outbox.kind == "send").count() == 1
    assert bob.delete("/groups/everyone/members/bob").refusal[:2] == (409, "everyone_stays")


ROUTES: list[tuple[str, str, dict[str, Any] | None, bool]] = [
    ("GET", "/admin/accounts", None, True),
    ("PATCH", "/admin/accounts/bob", {"disabled": True}, True),
    ("PATCH", "/admin/accounts/bob", {"role": "user"}, False),
    ("POST", "/admin/accounts/bob/reset", None, False),
    ("DELETE", "/admin/accounts/bob", None, False),
    ("GET", "/admin/audit", None, False),
    ("GET", "/admin/reports", None, True),
    ("POST", "/admin/reports/1/close", {"outcome": "x"}, True),
    ("POST", "/admin/broadcasts", {"body": "x"}, False),
]
IDS = [f"{method} {path} {sorted(body or ())}" for method, path, body, _ in ROUTES]


@pytest.mark.parametrize(("method", "path", "body", "_moderators"), ROUTES, ids=IDS)
def test_others_get_one_answer_whatever_there_is(
    ann: Visitor, someone: Account, method: str, path: str, body: dict[str, Any] | None, _moderators: bool
) -> None:
    Account.update(role="user").execute()  # whoever came first
    for place in (path, path.replace("bob", "nobody")):
        assert ann.call(method, place, body).refusal == (403, "not_permitted", None)


@pytest.mark.parametrize(("method", "path", "body", "_moderators"), ROUTES, ids=IDS)
def test_a_token_of_an_administrator_is_no_proof(
    site: Site,
    boss: Visitor,
    someone: Account,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    _moderators: bool,
) -> None:
    assert site.program("boss").call(method, path, body).refusal == (403, "not_permitted", None)


@pytest.mark.parametrize(("method", "path", "body", "_moderators"), ROUTES, ids=IDS)
def test_nobody_is_let_in_without_a_sign_in(
    site: Site, someone: Account, method: str, path: str, body: dict[str, Any] | None, _moderators: bool
) -> None:
    assert site.visitor().call(method, path, body).refusal[:2] == (401, "not_signed_in")


@pytest.mark.parametrize(("method", "path", "body", "moderators"), ROUTES, ids=IDS)
def test_a_moderator_does_some_of_it(
    mod: Visitor, someone: Account, method: str, path: str, body: dict[str, Any] | None, moderators: bool
) -> None:
    said = mod.call(method, path, body)
    assert (said.status != 403) is moderators


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("GET", "/admin/accounts?limit=0", None, (400, "malformed_field", "limit")),
        ("GET", "/admin/accounts?limit=201", None, (400, "malformed_field", "limit")),
        ("GET", f"/admin/accounts?q={'a' * 65}", None, (400, "malformed_field", "q")),
        ("GET", "/admin/accounts?q=%00", None, (400, "malformed_field", "q")),
        ("GET", "/admin/audit?before=0", None, (400, "malformed_field", "before")),
        ("GET", "/admin/audit?before=99999999999", None, (400, "malformed_field", "before")),
        ("GET", "/admin/reports?state=any", None, (400, "malformed_field", "state")),
        ("PATCH", "/admin/accounts/bob", {"disabled": "yes"}, (400, "malformed_field", "disabled")),
        ("PATCH", "/admin/accounts/bob", {"role": "king"}, (400, "malformed_field", "role")),
        ("PATCH", "/admin/accounts/bob", {"password": "x"}, (400, "unknown_field", "password")),
        ("PATCH", "/admin/accounts/boss", {"disabled": True}, (409, "not_yourself", None)),
        ("PATCH", "/admin/accounts/boss", {"role": "user"}, (409, "last_admin", None)),
        ("PATCH", "/admin/accounts/NO%20NAME", {"disabled": True}, (404, "unknown_account", None)),
        ("DELETE", "/admin/accounts/boss", None, (409, "not_yourself", None)),
        ("DELETE", "/admin/accounts/nobody", None, (404, "unknown_account", None)),
        ("POST", "/admin/accounts/nobody/reset", None, (404, "unknown_account", None)),
        ("POST", "/admin/reports/1/close", {}, (400, "missing_field", "outcome")),
        ("POST", "/admin/reports/999999999999999999/close", {"outcome": "x"}, (404, "unknown_report", None)),
        ("POST", "/admin/broadcasts", {"body": " "}, (400, "malformed_field", "body")),
        ("POST", "/admin/broadcasts", {"body": "x" * 10_001}, (400, "malformed_field", "body")),
    ],
)
def test_bad_input_has_one_clear_answer(
    boss: Visitor,
    someone: Account,
    method: str,
    path: str,
    body: dict[str, Any] | None,
    expected: tuple[int, str, str | None],
) -> None:
    assert boss.call(method, path, body).refusal == expected
