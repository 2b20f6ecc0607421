from __future__ import annotations

from tests.hongyan_web.site import FIRST, PASSWORD, Site, Visitor


def test_registering_answers_who_one_is_and_does_not_sign_in(site: Site) -> None:
    visitor = site.visitor(language="zh-CN,zh;q=0.9,en;q=0.8")
    said = visitor.post("/accounts", {"username": "ann", "password": PASSWORD, "display_name": "安"})
    ann = {"username": "ann", "display_name": "安", "language": "zh", **FIRST}
    assert said == (201, {**ann, "awaits_confirmation": False})
    assert visitor.get("/me").refusal == (401, "not_signed_in", None)


def test_without_a_display_name_the_username_is_shown(site: Site) -> None:
    said = site.visitor().post("/accounts", {"username": "ann", "password": PASSWORD, "language": "zh"})
    ann = {"username": "ann", "display_name": "ann", "language": "zh", **FIRST}
    assert said == (201, {**ann, "awaits_confirmation": False})


def test_a_browser_learns_its_csrf_token_and_a_program_does_not(site: Site, ann: Visitor) -> None:
    me = {"username": "ann", "display_name": "Ann Arbor", "language": "en", **FIRST}
    by_cookie = ann.get("/me")
    assert by_cookie.status == 200
    assert by_cookie.body == {**me, "csrf_token": by_cookie.body["csrf_token"]}
    assert site.program("ann").get("/me") == (200, me)


def test_a_new_password_signs_every_other_browser_and_program_out(site: Site, ann: Visitor) -> None:
    elsewhere, bot = site.visitor(), site.program("ann")
    elsewhere.sign_in("ann")
    assert ann.put("/password", {"old_password": PASSWORD, "new_password": "a better one"}) == (204, None)
    assert ann.get("/me").status == 200
    assert elsewhere.get("/me").refusal == (401, "not_signed_in", None)
    assert bot.get("/me").refusal == (401, "token_invalid", None)
    assert site.visitor().sign_in("ann").refusal == (401, "bad_credentials", None)
    assert site.visitor().sign_in("ann", "a better one").status == 200


def test_a_wrong_old_password_changes_nothing(site: Site, ann: Visitor) -> None:
    said = ann.put("/password", {"old_password": "not this one", "new_password": "a better one"})
    assert said.refusal[:2] == (401, "bad_credentials")
    assert site.visitor().sign_in("ann").status == 200
