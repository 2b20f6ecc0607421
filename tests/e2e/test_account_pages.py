"""The settings and the administration, as a person uses them in a real browser."""

from __future__ import annotations

import json
import urllib.request
import zipfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect

from hongyan.api import Api
from tests.e2e.browser import Person
from tests.support.deployment import EmbeddedDeployment
from tests.support.people import PASSWORD, Participant, befriend, mosquitto_pub, register
from tests.support.waiting import wait_for


def tell(house: EmbeddedDeployment, who: Participant, path: str, body: dict[str, str]) -> None:
    """Post to the API with a device's token."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {who.token}"}
    request = urllib.request.Request(f"{house.url}/api/v1{path}", json.dumps(body).encode(), headers)
    urllib.request.urlopen(request, timeout=10).close()


# --- who one is


def test_a_profile_is_changed_and_its_picture_cut_to_a_square(ann: Person, tmp_path: Path) -> None:
    Image.new("RGB", (300, 200), "teal").save(tmp_path / "goose.png")
    ann.open_settings("profile")
    expect(ann.find("name-stays")).to_contain_text("username")
    ann.find("picture-file").set_input_files(tmp_path / "goose.png")
    ann.find("crop").press("ArrowLeft")
    ann.find("crop").press("+")
    ann.find("use-picture").click()
    ann.find("remove-picture").wait_for()
    face = ann.page.locator(".page img").first
    expect(face).to_have_js_property("naturalWidth", 256)
    expect(face).to_have_js_property("naturalHeight", 256)
    ann.find("display-name").fill("安妮")
    ann.find("about").fill("Geese.")
    ann.find("time-zone").select_option("Asia/Shanghai")
    ann.find("save-profile").click()
    ann.find("saved").wait_for()
    ann.page.reload()
    expect(ann.find("about")).to_have_value("Geese.")
    expect(ann.find("time-zone")).to_have_value("Asia/Shanghai")
    expect(ann.find("display-name")).to_have_value("安妮")


def test_what_is_no_picture_is_said_in_words(ann: Person, tmp_path: Path) -> None:
    (tmp_path / "letter.png").write_text("no picture at all")
    ann.open_settings("profile")
    ann.find("picture-file").set_input_files(tmp_path / "letter.png")
    expect(ann.find("unreadable")).to_contain_text("PNG")


def test_who_hides_is_not_found(ann: Person, bob: Person) -> None:
    ann.open_settings("privacy")
    ann.find("hidden").check()
    expect(ann.find("hidden")).to_be_enabled()
    bob._go("people")
    bob.find("search").fill("ann")
    expect(bob.page.get_by_text("Nobody of that name.")).to_be_visible()


# --- devices and bots


def test_another_browser_is_signed_out_at_once(chromium: Browser, house: EmbeddedDeployment, ann: Person) -> None:
    lost = Person(chromium, house.url)
    lost.sign_in("ann", PASSWORD)
    ann.open_settings("devices")
    ann.find("browsers").get_by_test_id("revoke").click()
    ann.find("confirm").click()
    lost.find("welcome-form").wait_for()
    expect(ann.find("browsers").get_by_role("listitem")).to_have_count(1)
    lost.close()


def test_everything_else_is_signed_out_together(chromium: Browser, house: EmbeddedDeployment, ann: Person) -> None:
    lost = Person(chromium, house.url)
    lost.sign_in("ann", PASSWORD)
    ann.create_token("kitchen thermometer")
    ann.find("sign-out-others").click()
    ann.find("confirm").click()
    lost.find("welcome-form").wait_for()
    expect(ann.find("tokens")).to_contain_text("No tokens yet")
    lost.close()


def test_a_device_of_ones_own_writes_only_where_it_may(house: EmbeddedDeployment, ann: Person) -> None:
    ann.open_settings("bots")
    ann.find("new-bot").click()
    ann.find("bot-title").fill("Thermometer")
    ann.find("bot-name").fill("thermo")
    ann.find("kind-device").check()
    ann.find("scope-some").check()
    expect(ann.find("make-bot")).to_be_disabled()
    ann.find("scope-user/ann").check()
    ann.find("make-bot").click()
    expect(ann.find("command")).to_contain_text("im/thermo/send/user/ann")
    token = ann.find("token").inner_text()
    ann.find("secrets-done").click()
    expect(ann.find("bot-thermo")).to_contain_text("writes only to: to me")
    thermo = Participant("thermo", token, token, Api(house.url, token))
    mosquitto_pub(house.mqtt_port, thermo, "im/thermo/send/user/ann", "21.5")
    ann.open_conversation("user/thermo")
    ann.wait_for_text("21.5")
    ann.open_settings("bots")
    ann.find("rotate-bot").click()
    ann.find("confirm").click()
    expect(ann.find("token")).not_to_have_text(token)
    ann.find("secrets-done").click()
    ann.find("delete-bot").click()
    ann.find("confirm").click()
    ann.find("bot-thermo").wait_for(state="detached")


# --- taking leave


def test_an_account_is_exported_and_deleted(
    chromium: Browser, house: EmbeddedDeployment, ann: Person, bob: Person, tmp_path: Path
) -> None:
    bob.open_settings("data")
    with bob.page.expect_download() as download:
        bob.find("export").click()
    download.value.save_as(tmp_path / "bob.zip")
    with zipfile.ZipFile(tmp_path / "bob.zip") as archive:
        assert json.loads(archive.read("account.json"))["username"] == "bob"
    bob.find("delete-account").click()
    expect(bob.find("proof")).to_contain_text("What stays")
    bob.find("proof-password").fill(PASSWORD)
    expect(bob.find("prove")).to_be_disabled()
    bob.find("delete-name").fill("bob")
    bob.prove(PASSWORD)
    expect(bob.find("door-notice")).to_contain_text("deleted")
    bob.find("username").fill("bob")
    bob.find("password").fill(PASSWORD)
    bob.find("submit").click()
    expect(bob.find("form-error")).to_contain_text("Wrong username or password")


# --- administration


def test_administration_is_for_those_who_have_an_office(ann: Person, bob: Person) -> None:
    ann._go("settings")
    ann.find("section-admin").wait_for()
    bob._go("settings")
    bob.find("section-data").wait_for()
    expect(bob.find("section-admin")).to_have_count(0)
    bob.go("#/admin/audit")
    bob.find("not-allowed").wait_for()


def test_who_is_disabled_is_out_at_once_and_the_log_says_by_whom(ann: Person, bob: Person) -> None:
    ann.open_settings("admin")
    ann.find("account-search").fill("小")
    ann.find("account-ann").wait_for(state="detached")
    ann.find("account-bob").get_by_test_id("manage").click()
    ann.find("disable").click()
    ann.find("confirm").click()
    bob.find("welcome-form").wait_for()
    expect(ann.find("account-bob")).to_contain_text("disabled")
    ann.find("account-bob").get_by_test_id("manage").click()
    ann.find("enable").click()
    expect(ann.find("account-bob")).not_to_contain_text("disabled")
    ann.find("account-bob").get_by_test_id("manage").click()
    ann.find("role").select_option("moderator")
    expect(ann.find("account-bob")).to_contain_text("Moderator")
    ann.find("admin-audit").click()
    rows = ann.find("audit").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("role: moderator")
    expect(rows.nth(2)).to_contain_text("@ann")
    expect(rows.nth(2)).to_contain_text("disable")


def test_a_reset_link_is_made_and_handed_over(ann: Person, bob: Person) -> None:
    ann.open_settings("admin")
    ann.find("account-bob").get_by_test_id("manage").click()
    ann.find("make-reset-link").click()
    token = ann.find("reset-link").inner_text().rpartition("/")[2]
    bob.go(f"#/reset/{token}")
    bob.find("new-password").fill("another long password")
    bob.find("submit").click()
    bob.sign_in("bob", "another long password")


def test_a_report_is_read_and_closed(house: EmbeddedDeployment, ann: Person) -> None:
    bob, eve = register(house.url, "bob"), register(house.url, "eve")
    befriend(bob, eve)
    tell(house, bob, "/reports", {"username": "eve", "text": "She sells geese."})
    ann.open_settings("admin")
    ann.find("admin-reports").click()
    expect(ann.find("reports")).to_contain_text("She sells geese.")
    ann.find("close-report").click()
    ann.find("outcome").fill("talked to her")
    ann.find("confirm").click()
    ann.find("empty").wait_for()
    ann.find("reports-closed").click()
    expect(ann.find("reports")).to_contain_text("talked to her")


def test_a_message_to_all_reaches_everybody(ann: Person, bob: Person) -> None:
    ann.open_settings("admin")
    ann.find("admin-broadcast").click()
    ann.find("broadcast-text").fill("We move house tonight.")
    ann.find("broadcast").click()
    ann.find("confirm").click()
    ann.find("broadcast-sent").wait_for()
    wait_for(lambda: bob.unread("group/everyone") == 1, what="the message in bob's list")
    bob.open_conversation("group/everyone")
    bob.wait_for_text("We move house tonight.")
