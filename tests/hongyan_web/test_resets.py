from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hongyan.limits import Limits
from hongyan_core.store.models import Account, Ticket
from hongyan_web import mailer
from tests.hongyan_web.mailing import running_post, statements_of
from tests.hongyan_web.site import PASSWORD, Site
from tests.support.mail import MailServer

Post = tuple[Site, MailServer]


@pytest.fixture
def post(make_site: Callable[..., Site]) -> Iterator[Post]:
    with running_post(make_site) as made:
        Account.update(email="ann@example.org").execute()
        yield made


def test_a_forgotten_password_is_replaced_by_a_link(post: Post) -> None:
    site, server = post
    signed_in = site.visitor()
    signed_in.sign_in("ann")
    assert site.visitor().post("/password-resets", {"login": "ann"}) == (202, {})
    mail = server.wait()
    assert mail.to == ["ann@example.org"]
    assert f"http://127.0.0.1:8000/#/reset/{mail.secret}" in mail.text
    body = {"token": mail.secret, "new_password": "a better one"}
    assert site.visitor().put("/password-resets", body) == (204, None)
    assert signed_in.get("/me").refusal == (401, "not_signed_in", None)
    assert site.visitor().sign_in("ann").refusal[:2] == (401, "bad_credentials")
    assert site.visitor().sign_in("ann", "a better one").status == 200
    assert site.visitor().put("/password-resets", body).refusal == (404, "invalid_link", None)


def test_the_link_leads_where_the_settings_say_whatever_host_was_asked(post: Post) -> None:
    site, server = post
    site.visitor().call("POST", "/password-resets", {"login": "ann"}, base_url="http://evil.example")
    assert "evil.example" not in server.wait().text
    assert "http://127.0.0.1:8000/#/reset/" in server.got[0].text


def test_unknown_and_known_get_one_answer_and_only_the_known_a_mail(post: Post) -> None:
    site, server = post
    logins = ["nobody", "nobody@example.org", "NO NAME", "ann@example.org"]
    answers = [site.visitor().send("POST", "/password-resets", json={"login": login}) for login in logins]
    assert {(answer.status_code, answer.data) for answer in answers} == {(202, b"{}\n")}
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers}) == 1
    assert server.wait().to == ["ann@example.org"]  # asked for last, and the mailer keeps the order
    assert Ticket.select().count() == 1


@pytest.mark.parametrize("abuse_limits", [False, True])
def test_before_the_answer_unknown_and_known_run_the_same_statements(
    make_site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, abuse_limits: bool
) -> None:
    drafts: list[mailer.Draft] = []
    with running_post(make_site, limits=Limits(abuse_limits=abuse_limits)) as (site, _):
        Account.update(email="ann@example.org").execute()
        monkeypatch.setattr(mailer, "post", drafts.append)
        site.visitor().post("/password-resets", {"login": "ann"})
        said = []
        for login in ("ann", "nobody", "ann@example.org"):
            said.append(statements_of(lambda login=login: site.visitor().post("/password-resets", {"login": login})))
    assert said[0] == said[1] == said[2]
    assert len(drafts) == 4
    assert not any("account" in statement.lower() for statement in said[0])


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param({"new_password": "a better one"}, (400, "missing_field", "token"), id="no token"),
        pytest.param({"token": "a" * 43}, (400, "missing_field", "new_password"), id="no password"),
        pytest.param({"token": "", "new_password": "a better one"}, (404, "invalid_link", None), id="an empty token"),
        pytest.param({"token": "a" * 43, "new_password": "a better one"}, (404, "invalid_link", None), id="a guess"),
        pytest.param(
            {"token": "a" * 43, "new_password": "short"}, (404, "invalid_link", None), id="a guess, and short"
        ),
        pytest.param({"token": 7, "new_password": "a better one"}, (400, "malformed_field", "token"), id="a number"),
    ],
)
def test_a_bad_reset_is_refused(site: Site, body: dict[str, str], refusal: tuple[int, str, str | None]) -> None:
    assert site.visitor().put("/password-resets", body).refusal == refusal


def test_a_weak_password_may_be_mended_with_the_same_link(post: Post) -> None:
    site, server = post
    site.visitor().post("/password-resets", {"login": "ann"})
    token = server.wait().secret
    said = site.visitor().put("/password-resets", {"token": token, "new_password": "short"})
    assert said.refusal == (400, "weak_password", "new_password")
    assert site.visitor().put("/password-resets", {"token": token, "new_password": PASSWORD}).status == 204


def test_without_a_mail_server_the_administrator_is_named(site: Site) -> None:
    assert site.visitor().post("/password-resets", {"login": "ann"}).refusal == (409, "no_mail", None)


def test_one_address_gets_only_so_many_mails(post: Post) -> None:
    site, server = post
    Account.create(name="bob", display_name="Bob", password_hash="-", created_at_ms=1, email="bob@example.org")
    for _ in range(8):
        assert site.visitor().post("/password-resets", {"login": "ann"}).status == 202
    site.visitor().post("/password-resets", {"login": "bob"})
    assert [mail.to for mail in (server.wait(6), *server.got[:5])] == [["bob@example.org"], *[["ann@example.org"]] * 5]
    site.clock.now_ms += 900_000
    site.visitor().post("/password-resets", {"login": "ann"})
    assert server.wait(7).to == ["ann@example.org"]
