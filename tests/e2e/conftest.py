"""Both deployments, and nothing left running."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import People, Person, open_chromium
from tests.support.deployment import Deployment, EmbeddedDeployment, MosquittoDeployment
from tests.support.people import PASSWORD, register


@pytest.fixture(params=[EmbeddedDeployment, MosquittoDeployment], ids=["embedded", "mosquitto"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A running Hongyan; its log must hold no traceback at the end."""
    running: Deployment = request.param(tmp_path, "--limits", "off")
    try:
        running.start()
        yield running
        assert "Traceback" not in running.read_logs()
    finally:
        running.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a file; each person has a window and cookies of their own."""
    with open_chromium() as browser:
        yield browser


@pytest.fixture
def options() -> tuple[str, ...]:
    """More options of the server; a test hands in its own."""
    return ()


@pytest.fixture
def house(tmp_path: Path, options: tuple[str, ...]) -> Iterator[EmbeddedDeployment]:
    """A fresh server: each test has its own cast. Whoever registers first administers it."""
    deployment = EmbeddedDeployment(tmp_path, "--limits", "off", *options)
    try:
        deployment.start()
        yield deployment
        assert "Traceback" not in deployment.read_logs()
    finally:
        deployment.close()


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
