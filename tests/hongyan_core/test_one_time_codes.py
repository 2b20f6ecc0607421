from __future__ import annotations

import hashlib
import re

import pytest

from hongyan_core.one_time_codes import (
    as_text,
    as_uri,
    find_step,
    hash_recovery_code,
    make_recovery_codes,
    make_secret,
)

SECRET = b"12345678901234567890"  # of RFC 6238, appendix B


@pytest.mark.parametrize(
    ("at_s", "code"),
    [
        # RFC 6238, appendix B, SHA-1: eight digits, of which apps show the last six.
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ],
)
def test_the_vectors_of_the_standard_are_taken(at_s: int, code: str) -> None:
    assert find_step(SECRET, code, at_s * 1_000, 0) == at_s // 30


@pytest.mark.parametrize(
    ("code", "at_s", "step"),
    [
        pytest.param("287082", 0, 1, id="one step early"),
        pytest.param("287082", 30, 1, id="its own step"),
        pytest.param("287082", 89, 1, id="one step late"),
        pytest.param("287082", 90, None, id="two steps late"),
        pytest.param("081804", 1_111_111_019, None, id="two steps early"),
        pytest.param("081804", 1_111_111_079, 37_037_036, id="just in time"),
    ],
)
def test_a_code_is_good_for_its_step_and_the_ones_beside_it(code: str, at_s: int, step: int | None) -> None:
    assert find_step(SECRET, code, at_s * 1_000, 0) == step


def test_no_step_is_taken_twice_nor_one_before_it() -> None:
    assert find_step(SECRET, "287082", 59_000, 0) == 1
    assert find_step(SECRET, "287082", 59_000, 1) is None
    assert find_step(SECRET, "287082", 59_000, 2) is None


@pytest.mark.parametrize(
    "code", ["", "28708", "2870822", "287083", "２８７０８２", "28708a", "94287082", "287 082", "-87082"]
)
def test_what_is_no_code_is_refused(code: str) -> None:
    assert find_step(SECRET, code, 59_000, 0) is None


def test_an_app_reads_the_secret_with_the_name_of_the_site() -> None:
    assert as_text(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert as_uri(SECRET, "ann", "chat.example.org") == (
        "otpauth://totp/chat.example.org%3Aann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=chat.example.org"
    )


def test_secrets_are_160_bits_and_never_the_same() -> None:
    one, two = make_secret(), make_secret()
    assert len(one) == 20
    assert one != two


def test_ten_recovery_codes_all_different() -> None:
    codes = make_recovery_codes()
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", code) for code in codes)


@pytest.mark.parametrize(
    "typed", ["abcd-efgh-2345-mnop", "ABCDEFGH2345MNOP", " abcd efgh 2345 mnop ", "abcdefgh-2345mnop"]
)
def test_a_recovery_code_is_taken_however_it_is_typed(typed: str) -> None:
    assert hash_recovery_code(typed) == hashlib.sha256(b"abcdefgh2345mnop").hexdigest()


@pytest.mark.parametrize("typed", ["", "287082", "abcd-efgh-2345-mno", "abcd-efgh-2345-mno1", "абвг-efgh-2345-mnop"])
def test_what_cannot_be_a_recovery_code_has_no_hash(typed: str) -> None:
    assert hash_recovery_code(typed) is None
