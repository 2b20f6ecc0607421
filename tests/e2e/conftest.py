"""Both deployments, and nothing left running."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from hongyan_web.app import create_app
from tests.e2e.browser import People, Person, open_chromium
from tests.e2e.household import MAIL, Household, move_in
from tests.e2e.walking import Walk
from tests.hongyan_web.site import make_settings
from tests.support.deployment import Deployment, EmbeddedDeployment, MosquittoDeployment, running
from tests.support.mail import SENDER, MailServer, running_mail_server
from tests.support.people import PASSWORD, Participant, befriend, register
from tests.support.provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider


@pytest.fixture(params=[EmbeddedDeployment, MosquittoDeployment], ids=["embedded", "mosquitto"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A running Hongyan; its log must hold no traceback at the end."""
    with running(request.param(tmp_path, "--limits", "off")) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file; each person has a window and cookies of their own."""
    with open_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """A server with something on every page."""
    with running(EmbeddedDeployment(tmp_path_factory.mktemp("household"), "--limits", "off", *MAIL)) as deployment:
        yield move_in(deployment, tmp_path_factory.mktemp("files"))


@pytest.fixture
def options() -> tuple[str, ...]:
    """More options of the server; a test hands in its own."""
    return ()


@pytest.fixture
def house(tmp_path: Path, options: tuple[str, ...]) -> Iterator[EmbeddedDeployment]:
    """A fresh server: each test has its own cast. Whoever registers first administers it."""
    with running(EmbeddedDeployment(tmp_path, "--limits", "off", *options)) as deployment:
        yield deployment


@pytest.fixture
def ann(chromium: Browser, house: EmbeddedDeployment) -> Iterator[Person]:
    """ann at her browser; she registered first."""
    register(house.url, "ann", "Ann")
    yield from _at_a_browser(chromium, house, "ann")


@pytest.fixture
def bob(chromium: Browser, house: EmbeddedDeployment, ann: Person) -> Iterator[Person]:
    """bob at his, an ordinary person."""
    register(house.url, "bob", "小波")
    yield from _at_a_browser(chromium, house, "bob")


def _at_a_browser(chromium: Browser, house: EmbeddedDeployment, name: str) -> Iterator[Person]:
    person = Person(chromium, house.url.replace("127.0.0.1", "localhost"))  # a number has no passkeys
    person.sign_in(name, PASSWORD)
    yield person
    assert person.problems == []
    person.close()


@pytest.fixture
def people(chromium: Browser, house: EmbeddedDeployment) -> Iterator[People]:
    """Those who sit at a browser in this test; no page of theirs may have complained at the end."""
    present = People(chromium, house.url)
    yield present
    present.leave()


@pytest.fixture
def letters() -> Iterator[MailServer]:
    with running_mail_server() as server:
        yield server


@pytest.fixture
def posting(tmp_path: Path, letters: MailServer, options: tuple[str, ...]) -> Iterator[EmbeddedDeployment]:
    """A server that writes mails."""
    mail = ("--smtp-url", f"smtp://127.0.0.1:{letters.route.port}?starttls=no", "--mail-from", SENDER)
    with running(EmbeddedDeployment(tmp_path, "--limits", "off", *mail, *options)) as deployment:
        yield deployment


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Somewhere else to sign in, which never asks anybody."""
    with running_provider() as somewhere:
        somewhere.now_s = int(time.time())
        somewhere.person = {"sub": "a-17", "preferred_username": "bob", "name": "小波"}
        yield somewhere


@pytest.fixture
def open_house(tmp_path: Path, provider: Provider) -> Iterator[EmbeddedDeployment]:
    """A server that trusts the provider."""
    oidc = ("--oidc-issuer", provider.issuer, "--oidc-client-id", CLIENT_ID, "--oidc-client-secret", CLIENT_SECRET)
    with running(EmbeddedDeployment(tmp_path, "--limits", "off", *oidc, "--oidc-label", "Acme")) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The routes as the server has them."""
    return create_app(make_settings(tmp_path_factory.mktemp("routes")))


@pytest.fixture
def enter(chromium: Browser, app: Flask, request: pytest.FixtureRequest) -> Iterator[Callable[..., Walk]]:
    """Sign somebody in at a browser of their own: at the usual house, or at another."""
    present: list[Person] = []

    def enter(name: str, url: str = "") -> Walk:
        url = url or request.getfixturevalue("house").url
        person = Person(chromium, url.replace("127.0.0.1", "localhost"))  # a number has no passkeys
        present.append(person)
        if name:
            person.sign_in(name, PASSWORD)
        return Walk(person, app)

    yield enter
    problems = [problem for person in present for problem in person.problems]
    for person in present:
        person.close()
    assert problems == []


@pytest.fixture
def trio(house: EmbeddedDeployment) -> dict[str, Participant]:
    """ann administers the server and is a friend of bob; eve is a stranger."""
    titles = {"ann": "Ann", "bob": "小波", "eve": "Eve"}
    people = {name: register(house.url, name, title) for name, title in titles.items()}
    befriend(people["ann"], people["bob"])
    return people
