"""The ways in, as a person uses them in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Person
from tests.support.authenticator import code_of
from tests.support.deployment import EmbeddedDeployment
from tests.support.mail import MailServer
from tests.support.people import PASSWORD, register
from tests.support.provider import Provider

NEW_PASSWORD = "another long password"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--registration", "closed"), "made by the people who run this server", id="closed"),
        pytest.param(("--registration", "invite"), "needs an invitation", id="by-invitation"),
    ],
)
def test_who_may_not_register_is_told_what_to_do(
    chromium: Browser, house: EmbeddedDeployment, ann: Person, said: str
) -> None:
    stranger = Person(chromium, house.url)
    stranger.open()
    if stranger.find("turn").or_(stranger.page.get_by_text(said)).first.get_attribute("data-testid") == "turn":
        stranger.find("turn").click()
    expect(stranger.find("welcome-form")).to_contain_text(said)
    stranger.close()


@pytest.mark.parametrize("options", [("--registration", "invite")], ids=["by-invitation"])
def test_an_invitation_opens_the_door_as_often_as_it_says(
    chromium: Browser, house: EmbeddedDeployment, ann: Person
) -> None:
    ann.open_settings("admin")
    ann.find("admin-invitations").click()
    ann.find("invite").click()  # for one person
    url = ann.find("invitation-url").inner_text()
    bob = Person(chromium, house.url)
    bob.page.goto(url)
    bob.find("username").fill("bob")
    bob.find("password").fill(PASSWORD)
    bob.find("submit").click()
    bob.find("conversations").wait_for()
    eve = Person(chromium, house.url)
    eve.page.goto(url)
    expect(eve.find("door-notice")).to_contain_text("Ask for a new one")
    bob.close()
    eve.close()


@pytest.mark.parametrize("options", [("--email", "required")], ids=["required"])
def test_an_address_is_confirmed_before_the_first_sign_in_and_resets_a_password(
    chromium: Browser, posting: EmbeddedDeployment, letters: MailServer
) -> None:
    register(posting.url, "ann")  # whoever sets the server up needs no address
    bob = Person(chromium, posting.url)
    bob.open()
    bob.find("turn").click()
    for field, text in (("username", "bob"), ("email", "bob@example.org"), ("password", PASSWORD)):
        bob.find(field).fill(text)
    bob.find("submit").click()
    expect(bob.find("check-mail")).to_contain_text("bob@example.org")
    bob.try_sign_in("bob", PASSWORD)
    expect(bob.find("form-error")).to_contain_text("mail")
    bob.go(f"#/confirm/{letters.wait().secret}")
    expect(bob.find("confirm-email")).to_contain_text("is confirmed")
    bob.sign_in("bob", PASSWORD)
    bob.sign_out()
    bob.find("forgot").click()
    bob.find("login").fill("bob@example.org")
    bob.find("submit").click()
    bob.find("link-sent").wait_for()
    bob.go(f"#/reset/{letters.wait(2).secret}")
    bob.find("new-password").fill("short")
    bob.find("submit").click()
    expect(bob.find("reset-form")).to_contain_text("8 to 256")
    bob.find("new-password").fill(NEW_PASSWORD)
    bob.find("submit").click()
    expect(bob.find("door-notice")).to_contain_text("new password is set")
    bob.sign_in("bob", NEW_PASSWORD)
    assert bob.problems == []
    bob.close()


def test_a_second_factor_is_set_up_and_asked_for_at_every_sign_in(ann: Person) -> None:
    ann.open_settings("security")
    ann.find("begin-factor").click()
    ann.find("proof-password").fill("not her password")
    ann.find("prove").click()
    expect(ann.find("proof")).to_contain_text("not your current password")
    ann.prove(PASSWORD)
    secret = ann.find("secret").inner_text()
    expect(ann.find("qr")).to_have_js_property("complete", True)
    ann.find("factor-code").fill(code_of(secret))
    ann.find("confirm-factor").click()
    shown = ann.find("recovery-codes").locator("code")
    expect(shown).to_have_count(10)
    recovery = shown.all_inner_texts()
    ann.find("kept").click()
    expect(ann.find("codes-left")).to_contain_text("10")
    ann.sign_out()
    ann.try_sign_in("ann", PASSWORD)
    ann.find("code").fill("000000")
    ann.find("submit").click()
    expect(ann.find("form-error")).to_contain_text("code")
    ann.find("code").fill(code_of(secret, 1))  # the present one was used to turn it on
    ann.find("submit").click()
    ann.find("conversations").wait_for()
    ann.sign_out()
    ann.try_sign_in("ann", PASSWORD)
    ann.find("code").fill(recovery[0])
    ann.find("submit").click()
    ann.find("conversations").wait_for()
    ann.open_settings("security")
    expect(ann.find("codes-left")).to_contain_text("9")
    ann.find("end-factor").click()
    ann.prove(PASSWORD, recovery[1])
    ann.find("begin-factor").wait_for()


def test_a_passkey_is_added_and_opens_the_door(ann: Person) -> None:
    devtools = ann.context.new_cdp_session(ann.page)
    devtools.send("WebAuthn.enable")
    abilities = dict.fromkeys(
        ("hasResidentKey", "hasUserVerification", "isUserVerified", "automaticPresenceSimulation"), True
    )
    phone = {"protocol": "ctap2", "transport": "internal", **abilities}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": phone})
    ann.open_settings("security")
    ann.find("add-passkey").click()
    ann.find("passkey-label").fill("my phone")
    ann.prove(PASSWORD)
    expect(ann.find("passkeys")).to_contain_text("my phone")
    ann.sign_out()
    ann.find("passkey").click()
    ann.find("conversations").wait_for()


def test_who_comes_from_a_provider_chooses_a_name_and_is_known_the_next_time(
    chromium: Browser, open_house: EmbeddedDeployment, provider: Provider
) -> None:
    bob = Person(chromium, open_house.url)
    bob.open()
    bob.find("provider").click()
    expect(bob.find("username")).to_have_value("bob")
    expect(bob.find("display-name")).to_have_value("小波")
    bob.find("submit").click()
    bob.find("conversations").wait_for()
    bob.open_settings("security")
    expect(bob.find("identities")).to_contain_text(provider.issuer)
    bob.sign_out()
    bob.find("provider").click()
    bob.find("conversations").wait_for()
    bob.sign_out()
    provider.refuses = "access_denied"
    bob.find("provider").click()
    expect(bob.find("door-notice")).to_contain_text("did not work out")
    assert bob.problems == []
    bob.close()


def test_a_sign_in_elsewhere_is_linked_and_asks_for_the_second_factor(
    chromium: Browser, open_house: EmbeddedDeployment, provider: Provider
) -> None:
    register(open_house.url, "ann", "Ann")
    ann = Person(chromium, open_house.url)
    ann.sign_in("ann", PASSWORD)
    ann.open_settings("security")
    ann.find("link-identity").click()
    ann.prove(PASSWORD)
    ann.find("conversations").wait_for()
    ann.open_settings("security")
    expect(ann.find("identities")).to_contain_text(provider.issuer)
    provider.refuses = "access_denied"
    ann.find("link-identity").click()
    ann.prove(PASSWORD)
    ann.find("link-failed").wait_for()
    ann.find("begin-factor").click()
    ann.prove(PASSWORD)
    secret = ann.find("secret").inner_text()
    ann.find("factor-code").fill(code_of(secret))
    ann.find("confirm-factor").click()
    ann.find("kept").click()
    ann.sign_out()
    provider.refuses = ""
    ann.find("provider").click()
    ann.find("code").fill(code_of(secret, 1))
    ann.find("submit").click()
    ann.find("conversations").wait_for()
    assert ann.problems == []
    ann.close()


def test_a_changed_password_signs_out_every_other_browser(
    chromium: Browser, house: EmbeddedDeployment, ann: Person
) -> None:
    elsewhere = Person(chromium, house.url)
    elsewhere.sign_in("ann", PASSWORD)
    ann.open_settings("security")
    ann.find("old-password").fill(PASSWORD)
    ann.find("new-password").fill(NEW_PASSWORD)
    ann.find("change-password").click()
    ann.find("password-changed").wait_for()
    elsewhere.find("welcome-form").wait_for()
    elsewhere.close()
