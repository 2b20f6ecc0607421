"""A passkey in a real browser: Chromium with a virtual authenticator, as a phone with a finger on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession

from tests.e2e.browser import Person, open_chromium
from tests.support.people import PASSWORD, register
from tests.support.process import Server

# What a page does: ask our API, hand it to the browser, send back what it says.
PAGE = """
window.call = async (method, path, body, csrf) => {
    const headers = {'Content-Type': 'application/json', ...(csrf ? {'X-CSRF-Token': csrf} : {})};
    const answer = await fetch('/api/v1' + path, {method, headers, body: body && JSON.stringify(body)});
    return {status: answer.status, body: answer.status === 204 ? null : await answer.json()};
};
window.makePasskey = async (password, csrf) => {
    const asked = await call('POST', '/me/passkeys/options', {password}, csrf);
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(asked.body.options);
    const credential = (await navigator.credentials.create({publicKey})).toJSON();
    return call('POST', '/me/passkeys', {label: 'phone', credential}, csrf);
};
window.enter = async () => {
    const asked = await call('POST', '/session/passkey/options');
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked.body.options);
    const credential = (await navigator.credentials.get({publicKey})).toJSON();
    return call('POST', '/session/passkey', {credential});
};
"""


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server under a name: a number has no passkeys."""
    server = Server(tmp_path / "data")
    try:
        server.start()
        yield server.url.replace("127.0.0.1", "localhost")
        assert "Traceback" not in server.read_log()
    finally:
        server.close()


def add_phone(person: Person) -> tuple[CDPSession, str]:
    """Plug a virtual authenticator into the browser; its owner is always there."""
    devtools = person.context.new_cdp_session(person.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return devtools, devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


def call(person: Person, method: str, path: str, body: Any = None, csrf: str = "") -> Any:
    """One call of the API out of the page: status and body."""
    return person.page.evaluate("(given) => call(...given)", [method, path, body, csrf])


def test_a_browser_makes_a_passkey_and_comes_back_in_with_it(url: str) -> None:
    register(url, "ann", "Ann")
    with open_chromium() as chromium:
        ann = Person(chromium, url)
        ann.page.add_init_script(PAGE)
        ann.open()
        devtools, phone = add_phone(ann)
        signed_in = call(ann, "POST", "/session", {"username": "ann", "password": PASSWORD})
        csrf = signed_in["body"]["csrf_token"]
        made = ann.page.evaluate("([password, csrf]) => makePasskey(password, csrf)", [PASSWORD, csrf])
        assert (made["status"], made["body"]["label"]) == (201, "phone")
        assert call(ann, "DELETE", "/session", None, csrf)["status"] == 204
        assert call(ann, "GET", "/me")["status"] == 401
        for _ in range(2):
            entered = ann.page.evaluate("enter()")
            assert (entered["status"], entered["body"]["username"]) == (200, "ann")
        assert call(ann, "GET", "/me")["body"]["username"] == "ann"
        devtools.send("WebAuthn.setUserVerified", {"authenticatorId": phone, "isUserVerified": False})
        refused = ann.page.evaluate("enter().catch((error) => error.name)")
        assert refused == "NotAllowedError"  # a phone that does not know its owner signs nothing
        ann.close()
        assert ann.problems == []
