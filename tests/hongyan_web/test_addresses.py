from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from hongyan_core.settings import EmailUse
from hongyan_core.store.models import Account
from hongyan_web import mailer
from tests.hongyan_web.mailing import running_post, statements_of
from tests.hongyan_web.site import PASSWORD, Site, Visitor
from tests.support.mail import MailServer

Post = tuple[Site, MailServer]


@pytest.fixture
def post(make_site: Callable[..., Site]) -> Iterator[Post]:
    with running_post(make_site) as made:
        yield made


def ann_of(site: Site) -> Visitor:
    visitor = site.visitor()
    assert visitor.sign_in("ann").status == 200
    return visitor


def give(visitor: Visitor, email: str, server: MailServer) -> None:
    before = len(server.got)
    assert visitor.put("/me/email", {"email": email, "password": PASSWORD}) == (202, {})
    token = server.wait(before + 1).secret
    assert visitor.site.visitor().post("/email-confirmations", {"token": token}) == (204, None)


def test_an_address_is_confirmed_by_the_link_in_the_mail(post: Post) -> None:
    site, server = post
    ann = ann_of(site)
    assert ann.put("/me/email", {"email": "ann@example.org", "password": PASSWORD}) == (202, {})
    mail = server.wait()
    assert mail.to == ["ann@example.org"]
    assert mail.message["From"] == "Hongyan <chat@example.org>"
    assert mail.message["Message-ID"].endswith("@example.org>")
    assert mail.message["Date"] == "Mon, 21 Sep 2026 14:13:20 +0000"
    assert f"http://127.0.0.1:8000/#/confirm/{mail.secret}" in mail.text
    assert site.visitor().post("/email-confirmations", {"token": mail.secret}) == (204, None)
    assert Account.get().email == "ann@example.org"
    said = site.visitor().post("/email-confirmations", {"token": mail.secret})
    assert said.refusal == (404, "invalid_link", None)


def test_whoever_must_confirm_is_told_so_and_gets_the_mail(make_site: Callable[..., Site]) -> None:
    with running_post(make_site, email=EmailUse.REQUIRED) as (site, server):
        body = {"username": "bob", "password": PASSWORD, "language": "zh"}
        assert site.visitor().post("/accounts", body).refusal == (400, "email_needed", "email")
        said = site.visitor().post("/accounts", {**body, "email": "Bob@example.org"})
        assert said.body == {**said.body, "awaits_confirmation": True}
        mail = server.wait()
        assert mail.to == ["bob@example.org"]
        assert mail.message["Subject"] == "鸿雁: 请确认你的邮箱"
        assert site.visitor().post("/email-confirmations", {"token": mail.secret}).status == 204
        assert site.visitor().sign_in("bob").status == 200


def test_an_address_that_is_taken_is_told_to_its_owner_alone(post: Post) -> None:
    site, server = post
    give(ann_of(site), "ann@example.org", server)
    free = {"username": "bob", "password": PASSWORD, "email": "bob@example.org"}
    taken = {"username": "eve", "password": PASSWORD, "email": "ann@example.org"}
    answers = [site.visitor().post("/accounts", body) for body in (free, taken)]
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].body.keys() == answers[1].body.keys()
    mail = server.wait(3)
    assert mail.to == ["ann@example.org"]
    assert mail.message["Subject"] == "Hongyan: You have an account with this address already"
    assert "your account ann" in mail.text
    assert "#/" not in mail.text
    assert "eve" not in mail.text


def test_before_the_answer_a_free_and_a_taken_address_run_the_same_statements(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, server = post
    give(ann_of(site), "ann@example.org", server)
    monkeypatch.setattr(mailer, "post", lambda draft: None)
    said = []
    for name, email in (("bob", "bob@example.org"), ("eve", "ann@example.org")):
        body = {"username": name, "password": PASSWORD, "email": email}
        said.append(statements_of(lambda body=body: site.visitor().post("/accounts", body)))
    assert said[0] == said[1]
    assert any("ticket" in statement for statement in said[0])


def test_a_dropped_address_is_told_once_more(post: Post) -> None:
    site, server = post
    ann = ann_of(site)
    give(ann, "ann@example.org", server)
    assert ann.call("DELETE", "/me/email", {"password": "a guess"}).refusal == (401, "bad_credentials", "password")
    assert ann.call("DELETE", "/me/email", {"password": PASSWORD}) == (204, None)
    assert server.wait(2).message["Subject"] == "Hongyan: Your e-mail address was changed"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        pytest.param({"email": "ann@example.org"}, (401, "bad_credentials", "password"), id="no password"),
        pytest.param({"password": PASSWORD}, (400, "missing_field", "email"), id="no address"),
        pytest.param({"email": "ann", "password": PASSWORD}, (400, "malformed_email", "email"), id="a bad address"),
        pytest.param({"email": 7, "password": PASSWORD}, (400, "malformed_field", "email"), id="a number"),
        pytest.param(
            {"email": "ann@example.org", "password": "a guess"},
            (401, "bad_credentials", "password"),
            id="a wrong password",
        ),
    ],
)
def test_a_bad_change_of_address_is_refused(
    post: Post, body: dict[str, str], refusal: tuple[int, str, str | None]
) -> None:
    assert ann_of(post[0]).put("/me/email", body).refusal == refusal


@pytest.mark.parametrize("token", ["", "a", "a" * 43, "a" * 256, "安"])
def test_a_token_that_nobody_was_sent_confirms_nothing(site: Site, token: str) -> None:
    assert site.visitor().post("/email-confirmations", {"token": token}).refusal == (404, "invalid_link", None)


def test_without_a_mail_server_there_are_no_addresses(site: Site, ann: Visitor) -> None:
    said = ann.put("/me/email", {"email": "ann@example.org", "password": PASSWORD})
    assert said.refusal == (409, "no_mail", None)
