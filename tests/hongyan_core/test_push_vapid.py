from __future__ import annotations

import pytest

from hongyan_core.push.vapid import Vapid, decode_base64url, encode_base64url
from tests.support.push_service import check_sender

KEY = b"k" * 32
NOW_MS = 1_790_000_000_500


def test_the_push_service_learns_who_sends_and_until_when_that_counts() -> None:
    vapid = Vapid(KEY, "https://chat.example.org")
    header = vapid.authorize("https://push.example:8443/send/secret?x=1", at_ms=NOW_MS)
    assert check_sender(header) == {
        "aud": "https://push.example:8443",
        "exp": 1_790_000_000 + 43_200,
        "sub": "https://chat.example.org",
    }
    assert header.endswith(f", k={vapid.public_key}")
    assert "secret" not in header


def test_a_site_without_https_is_named_by_a_mail_address() -> None:
    header = Vapid(KEY, "http://localhost:8000").authorize("https://push.example/", at_ms=NOW_MS)
    assert check_sender(header)["sub"] == "mailto:hongyan@localhost"


def test_every_process_of_a_server_has_the_same_key_and_another_server_another() -> None:
    keys = [Vapid(key, "https://chat.example.org").public_key for key in (KEY, KEY, b"o" * 32)]
    assert keys[0] == keys[1] != keys[2]
    assert (len(decode_base64url(keys[0])), decode_base64url(keys[0])[0]) == (65, 4)


@pytest.mark.parametrize("raw", [b"", b"a", b"ab", b"abc", b"\xff\xfe\xfb"])
def test_base64url_is_read_back(raw: bytes) -> None:
    assert decode_base64url(encode_base64url(raw)) == raw


@pytest.mark.parametrize("text", ["a", "ab cd", "é"])
def test_what_is_no_base64url_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode_base64url(text)
