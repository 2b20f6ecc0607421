"""Every route of the API, and the control of the pages that reaches it.

A control is named by the `data-testid`s that one presses, in their order. An address (`#/…`) is a page that asks by
itself when it opens. `test_every_route.py` and `test_every_route_of_talk.py` press each of them in a browser.
"""

from __future__ import annotations

import re
from typing import Final

from flask import Flask

# Asked by whatever is no page of ours, with the reason.
FOR_PROGRAMS: Final = {
    "GET /openapi.json": "the description of the API, for those who write programs",
    "GET /labels": "the pages have the labels with the friends",
    "GET /mutes": "the pages have the mutes with the conversations",
    "GET /tokens": "the pages list tokens among the devices (GET /me/devices)",
    "POST /uploads/<upload_id>": "for whom a proxy lets neither PATCH nor DELETE through",
    "DELETE /tokens/<token_id>": "the pages end tokens among the devices (DELETE /me/devices/<device_id>)",
}

OF_PEOPLE: Final = {
    # at the door
    "GET /site": "#/",
    "POST /accounts": "submit",
    "POST /session": "submit",
    "DELETE /session": "sign-out",
    "POST /session/passkey/options": "passkey",
    "POST /session/passkey": "passkey",
    "GET /session/pending": "provider",
    "POST /session/pending": "submit",
    "POST /password-resets": "submit",
    "PUT /password-resets": "submit",
    "POST /email-confirmations": "#/confirm/",
    "GET /links/<link>": "#/join/",
    # what is asked for as one enters
    "GET /me": "submit",
    "GET /friends": "submit",
    "GET /friend-requests": "submit",
    "GET /blocks": "submit",
    "GET /groups": "submit",
    "GET /conversations": "submit",
    "POST /mqtt-token": "submit",
    # one's own account
    "PATCH /me": "save-profile",
    "PUT /me/picture": "use-picture",
    "DELETE /me/picture": "remove-picture",
    "GET /me/security": "#/settings/security",
    "PUT /password": "change-password",
    "PUT /me/email": "prove",
    "DELETE /me/email": "prove",
    "POST /me/second-factor": "prove",
    "PUT /me/second-factor": "confirm-factor",
    "DELETE /me/second-factor": "prove",
    "POST /me/recovery-codes": "prove",
    "POST /me/passkeys/options": "prove",
    "POST /me/passkeys": "prove",
    "DELETE /me/passkeys/<passkey_id>": "remove-passkey confirm",
    "POST /me/identities": "prove",
    "DELETE /me/identities/<identity_id>": "remove-identity confirm",
    "GET /me/devices": "#/settings/devices",
    "DELETE /me/devices": "sign-out-others confirm",
    "DELETE /me/devices/<device_id>": "revoke confirm",
    "DELETE /me/sessions/<client_id>": "forget-session confirm",
    "POST /tokens": "create-token",
    "GET /me/storage": "#/settings/data",
    "GET /me/export": "export",
    "DELETE /me": "prove",
    # notifications
    "GET /push": "#/settings/notifications",
    "POST /push/subscriptions": "notify-here",
    "POST /push/test": "notify-test",
    "DELETE /push/subscriptions/<subscription_id>": "notify-here",
    # bots and devices of one's own
    "GET /bots": "#/settings/bots",
    "POST /bots": "make-bot",
    "PATCH /bots/<name>": "save-bot",
    "PUT /bots/<name>/picture": "use-picture",
    "DELETE /bots/<name>/picture": "remove-picture",
    "POST /bots/<name>/token": "rotate-bot confirm",
    "DELETE /bots/<name>": "delete-bot confirm",
    # people
    "GET /people": "search",
    "GET /people/<name>": "#/chat/user/",
    "GET /people/<name>/picture": "#/chat/user/",
    "POST /friend-requests": "send-request",
    "DELETE /friend-requests/<request_id>": "withdraw-wil",
    "POST /friend-requests/<request_id>/accept": "accept-ann",
    "POST /friend-requests/<request_id>/decline": "decline-ann",
    "POST /friend-requests/<request_id>/ignore": "ignore-ann",
    "PATCH /friends/<name>": "add-label",
    "DELETE /friends/<name>": "unfriend confirm",
    "PATCH /labels/<label>": "label-name-save",
    "DELETE /labels/<label>": "delete-label confirm",
    "POST /broadcasts": "send-broadcast",
    "GET /me/link": "my-link",
    "POST /me/link": "renew-link confirm",
    "PUT /mutes/user/<peer>": "mute",
    "DELETE /mutes/user/<peer>": "mute",
    "PUT /blocks/<name>": "block confirm",
    "DELETE /blocks/<name>": "unblock",
    "POST /reports": "send-report",
    # administration
    "GET /admin/accounts": "#/admin",
    "PATCH /admin/accounts/<name>": "role",
    "POST /admin/accounts/<name>/reset": "make-reset-link",
    "DELETE /admin/accounts/<name>": "delete-other confirm",
    "GET /admin/reports": "admin-reports",
    "POST /admin/reports/<report_id>/close": "confirm",
    "GET /admin/audit": "admin-audit",
    "POST /admin/broadcasts": "broadcast confirm",
    "GET /links": "admin-invitations",
    "POST /links": "invite",
    "DELETE /links/<link>": "end-invitation confirm",
}

OF_CONVERSATIONS: Final = {
    # groups
    "POST /groups": "create-group",
    "GET /groups/<name>": "#/chat/group/",
    "PATCH /groups/<name>": "title-save",
    "DELETE /groups/<name>": "dissolve confirm",
    "GET /groups/<name>/picture": "#/chat/group/",
    "PUT /groups/<name>/picture": "picture-file",
    "DELETE /groups/<name>/picture": "remove-picture",
    "GET /groups/<name>/members": "search-members",
    "PUT /groups/<name>/members/<username>": "add-bob",
    "PATCH /groups/<name>/members/<username>": "role-bob",
    "DELETE /groups/<name>/members/<username>": "remove-bob confirm",
    "POST /groups/<name>/owner": "transfer-bob confirm",
    "GET /groups/<name>/bans": "section-bans",
    "PUT /groups/<name>/bans/<username>": "ban-bob confirm",
    "DELETE /groups/<name>/bans/<username>": "unban-bob",
    "GET /groups/<name>/announcement/readers": "announce",
    "PUT /mutes/group/<name>": "mute",
    "DELETE /mutes/group/<name>": "mute",
    "GET /groups/<name>/links": "section-links",
    "POST /groups/<name>/links": "make-link",
    "DELETE /groups/<name>/links/<link_id>": "delete-link confirm",
    "POST /links/<code>/join": "join",
    "GET /me/join-requests": "join",
    "DELETE /me/join-requests/<request_id>": "withdraw-join",
    "GET /groups/<name>/join-requests": "section-requests",
    "POST /groups/<name>/join-requests/<request_id>/accept": "let-eve",
    "POST /groups/<name>/join-requests/<request_id>/decline": "refuse-eve",
    # a conversation
    "GET /conversations/<conversation>/messages": "#/chat/",
    "GET /conversations/<conversation>/pins": "#/chat/",
    "GET /conversations/<conversation>/cards": "#/chat/",
    "GET /conversations/<conversation>/messages/<seq>": "#/chat/",
    "GET /conversations/<conversation>/messages/<seq>/readers": "message-menu do-readBy",
    "GET /conversations/<conversation>/messages/<seq>/versions": "message-menu do-versions",
    "GET /conversations/<conversation>/threads/<seq>": "#/chat/",
    "POST /conversations/<conversation>/hidden": "message-menu do-deleteForMe confirm",
    "GET /conversations/<conversation>/media": "media",
    "PATCH /conversations/<conversation>": "retention_days",
    "GET /conversations/<conversation>/export": "export-json",
    "GET /imports": "#/chat/",
    "POST /conversations/<conversation>/imports": "dialog-do",
    "DELETE /imports/<import_id>": "import-remove",
    "PUT /conversations/<conversation>/marks/<mark>": "menu-group/lab list-pin",
    "DELETE /conversations/<conversation>/marks/<mark>": "menu-group/lab list-unpin",
    "PUT /conversations/group/<name>/draft": "composer",
    "DELETE /conversations/group/<name>/draft": "composer",
    "PUT /conversations/user/<peer>/draft": "composer",
    "DELETE /conversations/user/<peer>/draft": "composer",
    "GET /previews": "#/chat/",
    "GET /previews/picture": "#/chat/",
    "GET /search": "search-words",
    # files
    "POST /uploads": "pick-photo",
    "PATCH /uploads/<upload_id>": "pick-photo",
    "DELETE /uploads/<upload_id>": "upload-cancel",
    "GET /files/<file_id>/about": "pick-photo",
    "GET /files/<file_id>/thumb": "send",
    "GET /files/<file_id>": "images",
    # later
    "POST /scheduled": "dialog-do",
    "GET /scheduled": "attach attach-scheduled",
    "PATCH /scheduled/<number>": "dialog-do",
    "POST /scheduled/<number>/send": "scheduled-send",
    "DELETE /scheduled/<number>": "scheduled-delete",
    # stickers
    "GET /stickers": "emoji tab-stickers",
    "POST /stickers": "dialog-do",
    "PUT /stickers/<pack>/<name>": "dialog-do",
    "GET /stickers/<pack>": "sticker",
    "PUT /me/stickers/<pack>": "keep-pack",
    "DELETE /me/stickers/<pack>": "keep-pack",
    "DELETE /stickers/<pack>/<name>": "take-goose",
    "DELETE /stickers/<pack>": "delete-pack confirm",
}

CONTROLS: Final = {**OF_PEOPLE, **OF_CONVERSATIONS}

_CONVERTERS: Final = re.compile(r"<(?:int|path|any\([^)]*\)):")


def name_rule(method: str, rule: str) -> str:
    """`PUT /blocks/<name>`, as the tables above write it."""
    path = rule.removeprefix("/api/v1").replace("<any(user, group):kind>/<name>", "<conversation>")
    return f"{method} {_CONVERTERS.sub('<', path)}"


def list_routes(app: Flask) -> set[str]:
    """Every route of the API."""
    return {
        name_rule(method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/")
    }
