from __future__ import annotations

import pytest

from hongyan_web.user_agents import name_browser
from tests.hongyan_web.site import PASSWORD, Site

LINUX = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Edg/1"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        pytest.param(LINUX, "Chrome · Linux", id="chrome"),
        pytest.param(EDGE, "Edge · Windows", id="edge says chrome too"),
        pytest.param(PHONE, "Safari · iPhone", id="an iphone says mac os too"),
        pytest.param("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) Firefox/150.0", "Firefox · macOS", id="fox"),
        pytest.param("curl/8.0", "curl/8.0", id="no browser"),
        pytest.param("x" * 300, "x" * 64, id="long"),
        pytest.param("a\tb", "ab", id="a control character"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_the_name_of_a_browser(user_agent: str, name: str) -> None:
    assert name_browser(user_agent) == name


def test_a_browser_that_signs_in_is_listed_by_its_name(site: Site) -> None:
    ann = site.visitor()
    ann.post("/accounts", {"username": "ann", "password": PASSWORD})
    ann.headers["User-Agent"] = LINUX
    ann.sign_in("ann")
    assert [device["label"] for device in ann.get("/me/devices").body["devices"]] == ["Chrome · Linux"]
