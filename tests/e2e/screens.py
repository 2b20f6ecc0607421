"""Every screen and dialog of the pages, in one table: looked at by axe (test_screens.py), and by us.

`python -m tests.e2e.screens docs/screens` writes each one as a picture, in both languages, at a desk and on a phone.
A new screen? A row here, and the test and the pictures have it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.e2e.pictures import take
from tests.e2e.visiting import At, Screen, Step, click, fill, menu, press, refuse, show, wait
from tests.support.people import PASSWORD
from tests.support.waiting import wait_for

LAB = "#/chat/group/lab"
BOB = "#/chat/user/bob"
DETAILS = LAB + "/details"
DESK = ("desktop",)
PHONE = ("phone",)


def go_offline(at: At) -> None:
    """The network is gone, and the page has noticed."""
    at.person.cut()


def come_back(at: At) -> None:
    """And is there again."""
    at.person.mend()


def let_bob_in(at: At) -> None:
    """ann adds him to a group, which is said to him once he is connected."""
    api = at.house["ann"].api

    def is_said() -> bool:
        if any(group.name == "open" for group in at.house["bob"].api.groups()):
            api.remove_member("open", "bob")
        api.add_member("open", "bob")
        return at.person.find("toast").first.is_visible()

    wait_for(is_said, what="a toast")


def choose_picture(at: At) -> None:
    """A file from the disk, for the face."""
    at.person.find("picture-file").first.set_input_files(at.house.files["picture"])


def choose_files(at: At) -> None:
    """Two files into the tray of the composer."""
    at.person.find("pick-file").set_input_files([at.house.files["picture"], at.house.files["paper"]])
    at.person.find("upload").nth(1).wait_for()


def take_out_files(at: At) -> None:
    """The tray is empty again; it would outlive a reload."""
    for _ in range(2):
        at.person.find("upload-cancel").first.click()
    at.person.find("upload").wait_for(state="detached")


def let_through(at: At) -> None:
    """What was refused may come again."""
    at.page.unroute_all()
    reload(at)


def reload(at: At) -> None:
    """As if it were opened anew: nothing that was typed stays."""
    at.page.reload()
    at.person.find("settings").wait_for(state="attached")


def offer_install(at: At) -> None:
    """The browser says that the pages can be installed."""
    at.page.evaluate("dispatchEvent(new Event('beforeinstallprompt', { cancelable: true }))")


def share_something(at: At) -> None:
    """Another app of the system hands over words and a file."""
    at.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    at.person.share("A pond", "Look at this", "https://pond.example/", "feather.txt")


def hover(word: str) -> Step:
    """The mouse rests on the message of this word."""
    return lambda at: at.page.locator(f"[data-testid=message][data-seq='{at.house.seqs[word]}']").first.hover()


def rest(at: At) -> None:
    """The mouse goes where nothing is."""
    at.page.mouse.move(0, 0)


def attach(name: str) -> tuple[Step, ...]:
    """A dialog of the composer's menu."""
    return (click("attach"), click(f"attach-{name}"))


DOOR = (
    Screen("door-sign-in", "#/", "username", who="", dark=True),
    Screen(
        "door-sign-in-refused",
        "#/",
        "form-error",
        (fill("username", "ann"), fill("password", "wrong one"), click("submit")),
        who="",
    ),
    Screen("door-sign-up", "#/", "display-name", (click("turn"),), who=""),
    Screen(
        "door-sign-up-refused",
        "#/",
        "[aria-invalid=true]",
        (click("turn"), fill("username", "安妮"), fill("password", "short"), click("submit")),
        who="",
    ),
    Screen("door-forgot", "#/", "forgot-form", (click("forgot"),), who=""),
    Screen("door-forgot-sent", "#/", "link-sent", (click("forgot"), fill("login", "nobody"), click("submit")), who=""),
    Screen("door-reset", "#/reset/AbCd", "reset-form", who=""),
    Screen("door-confirm-mail", "#/confirm/AbCd", "confirm-email", who=""),
    Screen("door-second-factor", "#/sign-in/code", "welcome-form", who=""),
    Screen("door-choose-name", "#/sign-in/name", "welcome-form", who=""),
    Screen("door-provider-failed", "#/sign-in/failed", "door-notice", who=""),
    Screen("door-bad-invitation", "#/join/none", "door-notice", who=""),
)

CHATS = (
    Screen("chats-empty", "#/", "conversations", who="kim"),
    Screen("chats", "#/", "conversation-group/lab", dark=True),
    Screen("chats-toast", "#/", "toast", (wait("conversation-user/ann"), let_bob_in), who="bob"),
    Screen(
        "chats-menu",
        "#/",
        "list-pin",
        (lambda at: at.person.find("conversation-group/lab").click(button="right"),),
        dark=True,
        after=(press("Escape"),),
    ),
    Screen("jump", "#/", "jump-found", (press("Control+k"),), dark=True),
    Screen("jump-found", "#/", "way-group/lab", (press("Control+k"), fill("jump-words", "lab"))),
    Screen("shortcuts", "#/", "shortcuts", (press("Control+/"),), dark=True, devices=DESK),
    Screen("share-nothing", "#/share", "nothing-shared"),
    Screen("share", "#/", "shared", (share_something,)),
    Screen("lost", "#/none/of/ours", "lost"),
    Screen("new-group", "#/", "create-group", (click("new-group"),)),
    Screen("new-channel", "#/", "create-group", (click("new-group"), click("kind-channel"))),
    Screen("offline", LAB, "reconnecting", (wait("composer"), go_offline), after=(come_back,)),
)

TALK = (
    Screen("chat-two", BOB, "message"),
    Screen("chat-draft", "#/chat/user/lin", "composer"),
    Screen("chat-channel", "#/chat/group/news", "closed", who="bob"),
    Screen("chat-blocked", "#/chat/user/eve", "closed"),
    Screen("chat-stranger", "#/chat/user/kim", "chat-title"),
    Screen("chat-unread", LAB, "unread-line", who="lin", devices=DESK),
    Screen(
        "chat-refused",
        "#/chat/user/ann",
        "failure",
        (fill("composer", "?"), press("Enter")),
        who="eve",
        after=(click("discard"),),
    ),
    Screen("chat-group", LAB, "message", (show("last"),), dark=True),
    Screen("chat-group-top", LAB, "message-text", (show("hello"),), dark=True),
    Screen("chat-group-pictures", LAB, "images", (show("images"),)),
    Screen("chat-group-poll", LAB, "poll", (show("poll"),), dark=True),
    Screen("chat-group-place", LAB, "location", (show("place"),)),
    Screen(
        "message-hovered", LAB, "hover-bar", (show("hello"), hover("hello")), dark=True, devices=DESK, after=(rest,)
    ),
    Screen("message-menu", LAB, "menu", (menu("hello"),), dark=True),
    Screen("message-menu-own", LAB, "do-versions", (menu("edited"),)),
    Screen("message-menu-emoji", LAB, "emoji-grid", (menu("hello"), click("more-emoji"))),
    Screen("message-reply", LAB, "bar-close", (menu("hello"), click("do-reply")), after=(click("bar-close"),)),
    Screen("message-edit", LAB, "bar-close", (menu("edited"), click("do-edit")), after=(click("bar-close"),)),
    Screen("message-forward", LAB, "forward-search", (menu("hello"), click("do-forward"))),
    Screen("message-versions", LAB, "versions", (menu("edited"), click("do-versions"))),
    Screen("message-read-by", LAB, "read-count", (menu("edited"), click("do-readBy"))),
    Screen("message-take-back", LAB, "confirm", (menu("edited"), click("do-takeBack"))),
    Screen("message-delete", LAB, "confirm", (menu("hello"), click("do-deleteForMe"))),
    Screen("message-report", LAB, "report-text", (menu("hello"), click("do-report"))),
    Screen("message-selection", LAB, "selection", (menu("hello"), click("do-select")), after=(press("Escape"),)),
    Screen(
        "message-viewer",
        LAB,
        "viewer",
        (show("images"), lambda at: at.person.find("images").first.locator("button").first.click()),
    ),
    Screen("message-items", LAB, "items", (show("forward"), lambda at: at.person.find("forwarded").first.click())),
    Screen("poll-close", LAB, "confirm", (menu("poll"), click("do-close"))),
    Screen("go-to-date", LAB, "date", (show("hello"), lambda at: at.person.find("day").first.click())),
)

WRITING = (
    Screen("composer-menu", BOB, "popup", (click("attach"),), dark=True),
    Screen("composer-files", BOB, "tray", (click("attach"), choose_files), after=(take_out_files,)),
    Screen("composer-emoji", BOB, "emoji-grid", (click("emoji"),), dark=True),
    Screen("composer-stickers", BOB, "sticker-hello", (click("emoji"), click("tab-stickers"))),
    Screen("composer-new-pack", BOB, "dialog[open]", (click("emoji"), click("tab-stickers"), click("new-pack"))),
    Screen("composer-mention", LAB, "mentions", (fill("composer", "@"),), after=(fill("composer", ""),)),
    Screen(
        "composer-recorder",
        BOB,
        "recording-discard",
        (fill("composer", ""), click("record")),
        after=(click("recording-discard"),),
    ),
    Screen("composer-location", BOB, "lat", attach("location")),
    Screen("composer-contact", BOB, "contact-search", attach("contact")),
    Screen("composer-poll", BOB, "poll-question", attach("poll")),
    Screen(
        "composer-later",
        BOB,
        "later-at",
        (fill("composer", "later"), *attach("later")),
        after=(press("Escape"), fill("composer", "")),
    ),
    Screen("composer-scheduled", BOB, "scheduled-list", attach("scheduled")),
)

PANELS = (
    Screen("details-person", "#/chat/user/lin/details", "person-title"),
    Screen("details-person-block", "#/chat/user/lin/details", "confirm", (click("block"),)),
    Screen("details-person-report", "#/chat/user/lin/details", "send-report", (click("report"),)),
    Screen("details-device", "#/chat/user/thermo/details", "nature"),
    Screen("details-group", DETAILS, "members", dark=True),
    Screen("details-group-member", DETAILS, "members", who="bob"),
    Screen("details-group-manage", DETAILS, "role-bob", (click("manage-bob"),)),
    Screen("details-group-announcement", DETAILS + "/announcement", "announcement-text"),
    Screen("details-group-settings", DETAILS + "/settings", "setting-joins"),
    Screen("details-group-add", DETAILS + "/add", "add-thermo"),
    Screen("details-group-requests", DETAILS + "/requests", "let-mia"),
    Screen("details-group-links", DETAILS + "/links", "links"),
    Screen("details-group-bans", DETAILS + "/bans", "person-eve"),
    Screen("details-group-leave", DETAILS, "confirm", (click("dissolve"),)),
    Screen("details-group-import", DETAILS, "import-source", (click("import"),)),
    Screen("thread", LAB + "/thread/{poll}", "thread"),
    Screen("pins", LAB + "/pins", "pin"),
    Screen("media", LAB + "/media", ".panel .grid img"),
    Screen("media-files", LAB + "/media", ".panel [data-testid=file]", (click("media-file"),)),
)

SEARCH = (
    Screen("search", "#/search", "search-words"),
    Screen("search-results", "#/search", "result", (fill("search-words", "周三"), press("Enter")), dark=True),
    Screen("search-filters", "#/search/group/lab", "filters", (click("search-filters"),)),
    Screen("search-nothing", "#/search", "nothing-found", (fill("search-words", "qqq"), press("Enter"))),
)

PEOPLE = (
    Screen("people", "#/people", "friends", dark=True),
    Screen("people-empty", "#/people", "search", who="mia"),
    Screen("people-label", "#/people", "change-label", (click("label-tea"), click("change-label"))),
    Screen("people-write-to-label", "#/people", "send-broadcast", (click("label-tea"), click("write-to-label"))),
    Screen("people-found", "#/people", "befriend-kim", (fill("search", "kim"),)),
    Screen("people-add", "#/people", "send-request", (fill("search", "kim"), click("befriend-kim"))),
    Screen("people-my-link", "#/people", "my-code", (click("my-link"),)),
    Screen("invitation-person", "#/join/{ann}", "link-title", who="kim"),
    Screen("invitation-group", "#/join/{open}", "link-title", who="kim"),
    Screen("invitation-group-asks", "#/join/{lab}", "join-text", who="kim"),
    Screen("invitation-bad", "#/join/none", "link-error", who="kim"),
)

SETTINGS = (
    Screen("settings", "#/settings", "section-security", dark=True),
    Screen("settings-profile", "#/settings/profile", "profile-form"),
    Screen("settings-crop", "#/settings/profile", "crop", (choose_picture,)),
    Screen("settings-appearance", "#/settings/appearance", "look-sample", dark=True),
    Screen("settings-notifications", "#/settings/notifications", "notify-how"),
    Screen("settings-install", "#/settings", "install-card", (offer_install,)),
    Screen("settings-security", "#/settings/security", "second-factor"),
    Screen("settings-passkey", "#/settings/security", "passkey-label", (click("add-passkey"),)),
    Screen("settings-mail", "#/settings/security", "new-email", (click("change-email"),)),
    Screen("settings-second-factor", "#/settings/security", "proof-password", (click("begin-factor"),)),
    Screen(
        "settings-second-factor-code",
        "#/settings/security",
        "qr",
        (click("begin-factor"), fill("proof-password", PASSWORD), click("prove")),
    ),
    Screen("settings-devices", "#/settings/devices", "browsers"),
    Screen("settings-bots", "#/settings/bots", "bot-thermo"),
    Screen("settings-bot-new", "#/settings/bots", "new-bot-form", (click("new-bot"), click("scope-some"))),
    Screen("settings-bot-change", "#/settings/bots", "change-bot-form", (click("change-bot"),)),
    Screen("settings-bot-delete", "#/settings/bots", "confirm", (click("delete-bot"),)),
    Screen("settings-privacy", "#/settings/privacy", "read-receipts"),
    Screen("settings-blocked", "#/settings/blocked", "unblock-eve"),
    Screen("settings-data", "#/settings/data", "storage"),
    Screen("settings-delete-account", "#/settings/data", "delete-name", (click("delete-account"),)),
)

OFFICE = (
    Screen("admin-accounts", "#/admin/accounts", "account-bob", dark=True),
    Screen(
        "admin-account",
        "#/admin/accounts",
        "role",
        (lambda at: at.person.find("manage", at.person.find("account-bob")).click(),),
    ),
    Screen("admin-reports", "#/admin/reports", "close-report"),
    Screen("admin-report-close", "#/admin/reports", "outcome", (click("close-report"),)),
    Screen("admin-invitations", "#/admin/invitations", "invite"),
    Screen("admin-audit", "#/admin/audit", "audit"),
    Screen("admin-broadcast", "#/admin/broadcast", "broadcast-text"),
    Screen("admin-not-allowed", "#/admin/accounts", "not-allowed", who="bob"),
)

TROUBLE = (
    Screen(
        "unreachable",
        "#/",
        "main [role=status]",
        (refuse("**/api/v1/me"), lambda at: at.page.reload()),
        who="kim",
        after=(let_through,),
    ),
    Screen(
        "part-not-loaded",
        "#/",
        ".failed",
        (refuse("**/People.js"), lambda at: at.person.go("#/people")),
        who="dan",
        after=(let_through,),
    ),
)

SCREENS = (*DOOR, *CHATS, *TALK, *WRITING, *PANELS, *SEARCH, *PEOPLE, *SETTINGS, *OFFICE, *TROUBLE)


if __name__ == "__main__":
    take(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/screens"), SCREENS)
