from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hongyan_web.site import PASSWORD, Site, Visitor

UNSAFE = [
    ("PUT", "/blocks/eve"),
    ("DELETE", "/blocks/eve"),
    ("POST", "/mqtt-token"),
    ("DELETE", "/session"),
    ("POST", "/friend-requests/1/accept"),
    ("DELETE", "/friends/eve"),
    ("DELETE", "/tokens/1"),
    ("PUT", "/groups/lab/members/eve"),
    ("DELETE", "/groups/lab"),
    ("PUT", "/groups/lab/picture"),
    ("POST", "/groups/lab/join-requests/1/accept"),
]


@pytest.mark.parametrize(("method", "path"), UNSAFE)
def test_a_cookie_without_csrf_proof_changes_nothing(ann: Visitor, method: str, path: str) -> None:
    del ann.headers["X-CSRF-Token"]
    assert ann.call(method, path).refusal == (403, "csrf", None)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tokens", {"label": "bot"}),
        ("POST", "/groups", {"name": "lab", "title": "Lab"}),
        ("PATCH", "/groups/lab", {"title": "Lab"}),
        ("POST", "/links/abc/join", {"text": ""}),
        ("POST", "/friend-requests", {"to": "eve"}),
        ("PUT", "/password", {"old_password": PASSWORD, "new_password": "a better one"}),
    ],
)
def test_a_cookie_with_a_body_needs_the_proof_too(ann: Visitor, method: str, path: str, body: dict[str, str]) -> None:
    del ann.headers["X-CSRF-Token"]
    assert ann.call(method, path, body).refusal == (403, "csrf", None)


def test_the_proof_of_another_browser_is_none(site: Site, ann: Visitor, eve: Visitor) -> None:
    ann.headers["X-CSRF-Token"] = eve.headers["X-CSRF-Token"]
    assert ann.post("/mqtt-token").refusal == (403, "csrf", None)


def test_who_only_asks_needs_no_proof_but_a_wrong_one_is_refused(site: Site, ann: Visitor, eve: Visitor) -> None:
    own = ann.headers["X-CSRF-Token"]
    for proof in (eve.headers["X-CSRF-Token"], "nonsense", ""):
        ann.headers["X-CSRF-Token"] = proof
        assert ann.get("/friends").refusal == (403, "csrf", None)
    ann.headers["X-CSRF-Token"] = own
    assert ann.get("/friends").status == 200
    del ann.headers["X-CSRF-Token"]
    assert ann.get("/friends").status == 200


def test_the_proof_of_who_was_signed_in_before_is_none(ann: Visitor, eve: Visitor) -> None:
    before = ann.headers["X-CSRF-Token"]
    assert ann.sign_in("eve").status == 200
    ann.headers["X-CSRF-Token"] = before
    assert ann.get("/conversations").refusal == (403, "csrf", None)


def test_a_bearer_needs_no_proof(site: Site, ann: Visitor) -> None:
    assert site.program("ann").post("/mqtt-token").status == 200


def test_a_bad_bearer_is_not_saved_by_a_good_cookie(ann: Visitor) -> None:
    ann.headers["Authorization"] = "Bearer hy_nothing"
    assert ann.get("/me").refusal == (401, "token_invalid", None)


@pytest.mark.parametrize("authorization", ["Basic YW5uOnB3", "Bearer", "nonsense"])
def test_another_way_to_sign_in_is_none(site: Site, authorization: str) -> None:
    visitor = site.visitor()
    visitor.headers["Authorization"] = authorization
    assert visitor.get("/me").status == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9999", "https://localhost"])
def test_another_site_changes_nothing_even_with_the_proof(ann: Visitor, origin: str) -> None:
    ann.headers["Origin"] = origin
    assert ann.post("/mqtt-token").refusal == (403, "forbidden_origin", None)
    assert ann.get("/me").status == 200


def test_another_site_cannot_sign_a_visitor_in_or_up(site: Site, ann: Visitor) -> None:
    visitor = site.visitor()
    visitor.headers["Origin"] = "https://evil.example"
    assert visitor.sign_in("ann").refusal == (403, "forbidden_origin", None)
    body = {"username": "mallory", "password": PASSWORD}
    assert visitor.post("/accounts", body).refusal == (403, "forbidden_origin", None)


@pytest.mark.parametrize("name", ["localhost:8000", "127.0.0.1:8000", "goose.local:8000", "[::1]:8000"])
def test_without_a_public_url_any_name_of_this_host_is_its_own_origin(ann: Visitor, name: str) -> None:
    visitor = ann.site.visitor()
    visitor.headers["Origin"] = f"http://{name}"
    body = {"username": "ann", "password": PASSWORD}
    assert visitor.call("POST", "/session", body, base_url=f"http://{name}").status == 200


def test_a_public_url_is_the_only_origin(make_site: Callable[..., Site]) -> None:
    site = make_site(public_url="https://chat.example")
    statuses = {}
    for number, origin in enumerate(["https://chat.example", "http://localhost"]):
        visitor = site.visitor()
        visitor.headers["Origin"] = origin
        statuses[origin] = visitor.post("/accounts", {"username": f"ann{number}", "password": PASSWORD}).status
    assert statuses == {"https://chat.example": 201, "http://localhost": 403}


def test_every_answer_carries_the_headers_that_keep_a_page_harmless(site: Site) -> None:
    for path in ("/", "/api/v1/me", "/healthz", "/nowhere.js"):
        headers = site.app.test_client().get(path).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
            "media-src 'self' blob:; connect-src 'self' ws://localhost; manifest-src 'self'; worker-src 'self'; "
            "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
            "require-trusted-types-for 'script'; trusted-types svelte-trusted-html hongyan-worker"
        )
        assert headers["Permissions-Policy"] == (
            "camera=(self), microphone=(self), geolocation=(self), fullscreen=(self), autoplay=(self), "
            "clipboard-write=(self), display-capture=(), hid=(), midi=(), payment=(), serial=(), usb=()"
        )
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Strict-Transport-Security" not in headers
    assert site.app.test_client().get("/api/v1/me").headers["Cache-Control"] == "no-store"


def test_over_https_browsers_are_told_to_stay_there(make_site: Callable[..., Site]) -> None:
    headers = make_site(public_url="https://chat.example").app.test_client().get("/healthz").headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "connect-src 'self' wss://chat.example;" in headers["Content-Security-Policy"]


def test_a_strange_host_header_does_not_reach_the_policy(site: Site) -> None:
    headers = site.app.test_client().get("/", headers={"Host": "a; script-src *"}).headers
    assert "script-src *" not in headers["Content-Security-Policy"]


def test_forwarded_headers_count_only_from_trusted_proxies(make_site: Callable[..., Site]) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "chat.example"}
    policies = {
        hops: make_site(trusted_proxies=hops)
        .app.test_client()
        .get("/", headers=forwarded)
        .headers["Content-Security-Policy"]
        for hops in (0, 1)
    }
    assert "connect-src 'self' ws://localhost;" in policies[0]
    assert "connect-src 'self' wss://chat.example;" in policies[1]
