"""The example of RFC 8291, appendix A, octet by octet."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

from hongyan_core.push.encryption import encrypt
from hongyan_core.push.vapid import decode_base64url, encode_base64url
from tests.support.push_service import Subscribed, decrypt

BROWSER = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SERVER_SECRET = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_y"
    "l95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_standard_comes_out() -> None:
    secret = int.from_bytes(decode_base64url(SERVER_SECRET))
    body = encrypt(
        b"When I grow up, I want to be a watermelon",
        decode_base64url(BROWSER),
        decode_base64url(AUTH),
        salt=decode_base64url(SALT),
        private_key=derive_private_key(secret, SECP256R1()),
    )
    assert encode_base64url(body) == MESSAGE


def test_no_two_messages_look_alike_and_the_browser_reads_both() -> None:
    browser = Subscribed("https://push.example/1")
    bodies = [encrypt("大雁".encode(), browser.point, browser.auth) for _ in range(2)]
    assert bodies[0] != bodies[1]
    assert [decrypt(body, browser).decode() for body in bodies] == ["大雁", "大雁"]


def test_a_key_that_is_no_point_is_refused() -> None:
    with pytest.raises(ValueError, match=r".*"):
        encrypt(b"", b"\x04" + b"\x01" * 64, b"0" * 16)
