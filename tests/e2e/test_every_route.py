"""No feature lives in the API alone: every route is reached by a control of the pages, in a real browser."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.e2e.browser import PATIENCE_MS
from tests.e2e.controls import CONTROLS, FOR_PROGRAMS, OF_PEOPLE, list_routes
from tests.e2e.walking import Walk, choose, fill, goose, prove, put_picture, report
from tests.support.authenticator import code_of
from tests.support.deployment import EmbeddedDeployment, running
from tests.support.mail import MailServer
from tests.support.people import PASSWORD, Participant, register
from tests.support.provider import Provider
from tests.support.push_service import PushService, running_push_service

expect.set_options(timeout=PATIENCE_MS)
NEW_PASSWORD = "another long password"
Enter = Callable[..., Walk]


def test_every_route_has_its_control(app: Flask) -> None:
    listed = set(CONTROLS) | set(FOR_PROGRAMS)
    assert list_routes(app) - listed == set(), "routes that no control of the pages reaches: add one, here and there"
    assert listed - list_routes(app) == set(), "routes that are no more"
    assert set(CONTROLS) & set(FOR_PROGRAMS) == set()


def test_the_door(house: EmbeddedDeployment, enter: Enter) -> None:
    walk = enter("")
    ann = walk.person
    walk.expect(ann.open, "GET /site")
    ann.find("turn").click()
    ann.find("username").fill("ann")
    ann.find("password").fill(PASSWORD)
    walk.press("POST /accounts", "POST /session", "GET /me", "POST /mqtt-token")
    ann.find("conversations").wait_for()
    ann._go("settings")
    walk.press("DELETE /session")
    ann.page.reload()
    ann.find("username").fill("ann")
    ann.find("password").fill(PASSWORD)
    walk.press(
        "POST /session",
        *(f"GET /{each}" for each in ("friends", "friend-requests", "blocks", "groups", "conversations")),
    )


@pytest.mark.parametrize("options", [("--email", "optional")], ids=["mail"])
def test_an_address(posting: EmbeddedDeployment, letters: MailServer, enter: Enter) -> None:
    register(posting.url, "ann", "Ann")
    walk = enter("ann", posting.url)
    ann = walk.person
    ann.open_settings("security")
    ann.find("change-email").click()
    ann.find("new-email").fill("ann@example.org")
    prove(walk, "PUT /me/email")
    walk.open(f"#/confirm/{letters.wait().secret}", "POST /email-confirmations")
    ann.find("go-on").click()
    ann.open_settings("security")
    ann.find("remove-email").click()
    prove(walk, "DELETE /me/email")
    ann.sign_out()
    ann.find("forgot").click()
    ann.find("login").fill("ann")
    walk.press("POST /password-resets")


def test_a_provider(open_house: EmbeddedDeployment, provider: Provider, enter: Enter) -> None:
    walk = enter("", open_house.url)
    bob = walk.person
    bob.open()
    walk.press("GET /session/pending")
    bob.find("username").wait_for()
    walk.press("POST /session/pending")
    bob.find("conversations").wait_for()
    register(open_house.url, "ann", "Ann")
    walk = enter("ann", open_house.url)
    ann = walk.person
    ann.open_settings("security")
    ann.find("link-identity").click()
    ann.find("proof-password").fill(PASSWORD)
    provider.person = {"sub": "a-18", "preferred_username": "ann", "name": "Ann"}
    with ann.page.expect_event("load"):  # of the page that one comes back to
        walk.press("POST /me/identities")
    ann.find("conversations").wait_for()
    ann.open_settings("security")
    walk.press("DELETE /me/identities/<identity_id>")
    ann.find("confirm").wait_for(state="detached")


def test_the_settings(house: EmbeddedDeployment, enter: Enter, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    ann.open_settings("profile")
    ann.find("about").fill("Geese.")
    walk.press("PATCH /me")
    ann.find("picture-file").set_input_files(goose())
    walk.press("PUT /me/picture")
    ann.find("crop").wait_for(state="detached")
    walk.press("DELETE /me/picture")
    walk.open("#/settings/data", "GET /me/storage")
    walk.download("GET /me/export")
    walk.open("#/settings/devices", "GET /me/devices")
    ann.find("token-label").fill("kitchen")
    walk.press("POST /tokens")
    walk.press("DELETE /me/devices/<device_id>", inside=ann.find("tokens"))
    ann.find("confirm").wait_for(state="detached")
    walk.press("DELETE /me/devices")
    ann.find("confirm").wait_for(state="detached")


def test_the_ways_in(enter: Enter, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    devtools = ann.context.new_cdp_session(ann.page)
    devtools.send("WebAuthn.enable")
    able = ("hasResidentKey", "hasUserVerification", "isUserVerified", "automaticPresenceSimulation")
    phone = {"protocol": "ctap2", "transport": "internal", **dict.fromkeys(able, True)}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": phone})
    walk.open("#/settings/security", "GET /me/security")
    ann.find("add-passkey").click()
    ann.find("passkey-label").fill("my phone")
    prove(walk, "POST /me/passkeys/options", "POST /me/passkeys")
    ann.find("begin-factor").click()
    prove(walk, "POST /me/second-factor")
    secret = ann.find("secret").inner_text()
    ann.find("factor-code").fill(code_of(secret))
    walk.press("PUT /me/second-factor")
    ann.find("kept").click()
    ann.find("renew-codes").click()
    prove(walk, "POST /me/recovery-codes", code=code_of(secret, 1))
    recovery = ann.find("recovery-codes").locator("code").first.inner_text()
    ann.find("kept").click()
    ann.find("end-factor").click()
    prove(walk, "DELETE /me/second-factor", code=recovery)
    ann.sign_out()
    walk.press("POST /session/passkey/options", "POST /session/passkey")
    ann.find("conversations").wait_for()
    ann.open_settings("security")
    walk.press("DELETE /me/passkeys/<passkey_id>")
    ann.find("confirm").wait_for(state="detached")
    ann.find("old-password").fill(PASSWORD)
    ann.find("new-password").fill(NEW_PASSWORD)
    walk.press("PUT /password")


def test_bots_and_sessions(enter: Enter, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    walk.open("#/settings/bots", "GET /bots")
    ann.find("new-bot").click()
    ann.find("bot-title").fill("Thermometer")
    ann.find("bot-name").fill("thermo")
    walk.press("POST /bots")
    ann.find("secrets-done").click()
    ann.find("change-bot").click()
    ann.find("picture-file").set_input_files(goose())
    walk.press("PUT /bots/<name>/picture")
    ann.find("crop").wait_for(state="detached")
    walk.press("DELETE /bots/<name>/picture")
    ann.find("bot-about").fill("Measures the kitchen")
    walk.press("PATCH /bots/<name>")
    walk.press("POST /bots/<name>/token")
    ann.find("secrets-done").click()
    walk.press("DELETE /bots/<name>")
    ann.find("bot-thermo").wait_for(state="detached")


def test_a_kept_session(enter: Enter, house: EmbeddedDeployment, trio: dict[str, Participant]) -> None:
    who = ["-u", "ann", "-P", trio["ann"].token, "-i", "kitchen"]
    there = ["-h", "127.0.0.1", "-p", str(house.mqtt_port)]
    stays = ["mosquitto_sub", *there, "-c", "-q", "1", "-t", "im/ann/inbox/#", "-E"]
    subprocess.run([*stays, *who], check=True, timeout=20)  # it goes, and its session waits for it
    walk = enter("ann")
    walk.person.open_settings("devices")
    walk.press("DELETE /me/sessions/<client_id>")


# A browser without a window has no push service: this one stands for it.
PUSH = """
let current = null;
PushManager.prototype.getSubscription = async () => current;
PushManager.prototype.subscribe = async (options) => (current = {
    ...ADDRESS,
    options,
    toJSON: () => ADDRESS,
    unsubscribe: async () => { current = null; return true; },
});
Object.defineProperty(Notification, "permission", { get: () => "granted" });
"""


@pytest.fixture
def push_service() -> Iterator[PushService]:
    with running_push_service() as service:
        yield service


@pytest.fixture
def pushing(tmp_path: Path, push_service: PushService) -> Iterator[EmbeddedDeployment]:
    """A server that trusts the push service."""
    with running(EmbeddedDeployment(tmp_path, "--limits", "off", "--push-origins", push_service.origin)) as deployment:
        yield deployment


def test_notifications(enter: Enter, pushing: EmbeddedDeployment, push_service: PushService) -> None:
    register(pushing.url, "ann", "Ann")
    walk = enter("ann", pushing.url)
    ann = walk.person
    ann.page.add_init_script(f"const ADDRESS = {json.dumps(push_service.subscribe().body)};{PUSH}")
    ann.page.reload()
    ann.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    walk.open("#/settings/notifications", "GET /push")
    walk.press("POST /push/subscriptions")
    walk.press("POST /push/test")
    walk.press("DELETE /push/subscriptions/<subscription_id>")


def test_people(enter: Enter, house: EmbeddedDeployment, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    ann._go("people")
    register(house.url, "wil")
    walk.press("GET /people", act=fill("wil"))
    ann.find("befriend-wil").click()
    walk.press("POST /friend-requests")
    walk.press("DELETE /friend-requests/<request_id>")
    for answer, name in (("decline", "dan"), ("ignore", "ian"), ("accept", "eve")):
        if name != "eve":
            register(house.url, name)
        other = enter(name)
        ann.add_friend(name)
        other.person._go("people")
        other.press(f"POST /friend-requests/<request_id>/{answer}")
        other.person.find(f"{answer}-ann").wait_for(state="detached")
    ann.find("my-link").click()
    walk.press("POST /me/link")
    ann.find("confirm").wait_for(state="detached")
    ann.page.keyboard.press("Escape")
    walk.press("GET /me/link")
    link = ann.find("my-link-url").inner_text()
    ann.page.keyboard.press("Escape")
    other.open(f"#/join/{link.rpartition('/')[2]}", "GET /links/<link>")
    put_picture(trio["eve"], house)
    walk.open("#/chat/user/eve/details", "GET /people/<name>/picture")
    ann.find("new-label").fill("Work")
    walk.press("PATCH /friends/<name>")
    walk.press("PUT /mutes/user/<peer>", act=choose("forever"))
    walk.press("DELETE /mutes/user/<peer>", act=choose("off"))
    ann._go("people")
    ann.find("label-Work").click()
    ann.find("write-to-label").click()
    ann.find("broadcast-text").fill("Tea at ten")
    walk.press("POST /broadcasts")
    ann.find("broadcast-sent").wait_for()
    ann.page.keyboard.press("Escape")
    ann.find("change-label").click()
    ann.find("label-name").fill("Tea")
    walk.press("PATCH /labels/<label>")
    ann.find("label-Tea").wait_for()
    ann.find("change-label").click()
    walk.press("DELETE /labels/<label>")
    ann._open_details("user/eve")
    ann.find("report").click()
    ann.find("report-text").fill("She sells geese.")
    walk.press("POST /reports")
    ann.page.keyboard.press("Escape")
    walk.press("DELETE /friends/<name>")
    ann.find("confirm").wait_for(state="detached")
    walk.press("PUT /blocks/<name>")
    walk.press("DELETE /blocks/<name>")
    walk.open("#/chat/user/dan", "GET /people/<name>")


def test_the_administration(enter: Enter, house: EmbeddedDeployment, trio: dict[str, Participant]) -> None:
    walk = enter("ann")
    ann = walk.person
    walk.open("#/admin", "GET /admin/accounts")
    ann.find("account-eve").get_by_test_id("manage").click()
    walk.press("POST /admin/accounts/<name>/reset")
    token = ann.find("reset-link").inner_text().rpartition("/")[2]
    walk.press("PATCH /admin/accounts/<name>", act=choose("moderator"))
    stranger = enter("")
    stranger.person.open()
    stranger.person.go(f"#/reset/{token}")
    stranger.person.find("new-password").fill(NEW_PASSWORD)
    stranger.press("PUT /password-resets")
    ann.find("account-eve").get_by_test_id("manage").click()
    walk.press("DELETE /admin/accounts/<name>")
    report(house, trio["bob"])
    walk.press("GET /admin/reports")
    ann.find("close-report").click()
    ann.find("outcome").fill("talked to her")
    walk.press("POST /admin/reports/<report_id>/close")
    walk.press("GET /admin/audit")
    ann.find("admin-broadcast").click()
    ann.find("broadcast-text").fill("We move house tonight.")
    walk.press("POST /admin/broadcasts")
    ann.find("broadcast-sent").wait_for()
    walk.press("GET /links")
    walk.press("POST /links")
    walk.press("DELETE /links/<link>")


def test_taking_leave(enter: Enter, trio: dict[str, Participant]) -> None:
    walk = enter("bob")
    walk.person.open_settings("data")
    walk.person.find("delete-account").click()
    walk.person.find("delete-name").fill("bob")
    walk.person.find("proof-password").fill(PASSWORD)
    walk.press("DELETE /me")
    walk.person.find("door-notice").wait_for()


def test_every_control_was_pressed() -> None:
    """Last: the tests above have reached what the table lists."""
    missed = set(OF_PEOPLE) - Walk.pressed
    assert missed == set(), "not reached by the tests of this file: run all of them, or press it in one"
