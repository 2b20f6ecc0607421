from __future__ import annotations

import logging

import pytest
from peewee import OperationalError

from hongyan_core.problems import PROBLEM_CODES
from hongyan_web import accounts
from hongyan_web.errors import STATUS
from tests.hongyan_web.site import Site, Visitor


def test_every_problem_has_a_status() -> None:
    assert set(STATUS) == set(PROBLEM_CODES)


def test_the_browser_names_the_language_and_an_account_remembers_one(site: Site) -> None:
    site.visitor("zh").post("/accounts", {"username": "ann", "password": "letters by wild goose"})
    bot = site.program("ann")
    messages = {}
    for language in ("zh-TW", "en-GB", "fr", ""):
        bot.headers["Accept-Language"] = language
        messages[language] = bot.put("/blocks/ann").body["error"]["message"]
    assert messages["zh-TW"] == "不能屏蔽自己，请填写别人的名字。"
    assert messages["en-GB"] == "You cannot block yourself. Enter somebody else's name."
    assert messages["fr"] == messages[""] == messages["zh-TW"]


def test_a_fault_of_ours_is_logged_and_shows_nothing(
    ann: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(accounts, "show_to_browser", fail)
    with caplog.at_level(logging.ERROR):
        said = ann.get("/me")
    assert said.refusal == (500, "internal", None)
    assert "secret" not in str(said.body)
    assert "the secret of the house" in caplog.text


def test_a_locked_database_is_a_503_that_says_when_to_come_back(
    ann: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(accounts, "show_to_browser", fail)
    with caplog.at_level(logging.ERROR):
        response = ann.send("GET", "/me", {"Accept-Language": "zh"})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json == {
        "error": {
            "code": "store_unavailable",
            "message": "数据库现在不能使用，什么也没有更改。请稍等几秒再试。",
        }
    }
    assert "database is locked" in caplog.text
