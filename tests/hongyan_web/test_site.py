from __future__ import annotations

from collections.abc import Callable

import pytest

from hongyan_core.mail_route import MailRoute
from hongyan_core.settings import EmailUse, Registration
from tests.hongyan_web.site import Site

ROUTE = MailRoute("127.0.0.1", 25, "none")
BASE = {"provider": None, "passkeys": True}


def test_everybody_may_ask_how_one_comes_in(site: Site) -> None:
    site.member("ann")
    said = site.visitor().get("/site")
    assert said == (200, {**BASE, "registration": "open", "email": "off", "reset": False})


@pytest.mark.parametrize("registration", ["open", "invite", "closed"])
@pytest.mark.parametrize("email", ["optional", "required"])
def test_the_settings_are_told_once_somebody_is_there(
    make_site: Callable[..., Site], registration: str, email: str
) -> None:
    site = make_site(registration=Registration(registration), email=EmailUse(email), mail_route=ROUTE)
    first = site.visitor().get("/site").body
    assert first == {**BASE, "registration": "open", "email": "optional", "reset": True}
    site.member("ann")
    assert site.visitor().get("/site").body == {**BASE, "registration": registration, "email": email, "reset": True}
