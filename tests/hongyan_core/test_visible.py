from __future__ import annotations

import pytest

from hongyan_core.visible import is_visible


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Zoë O'Hara", id="Latin"),
        pytest.param("Zoe\u0308", id="an accent as a sign of its own"),
        pytest.param("小安", id="Chinese"),
        pytest.param("安　安", id="the space of Chinese keyboards"),
        pytest.param("สวัสดี ที่รัก", id="Thai, two marks on one letter"),
        pytest.param("Nguyễn Thị Ệ", id="Vietnamese"),
        pytest.param("שָׁלוֹם", id="Hebrew with points"),
        pytest.param("ශ්\u200dරී", id="Sinhala, which joins"),
        pytest.param("👩\u200d🔬", id="a joined emoji"),
        pytest.param("👩🏽\u200d🚀", id="a joined emoji with a skin tone"),
        pytest.param("🏳\ufe0f\u200d🌈", id="a joined emoji with a style"),
        pytest.param("❤\ufe0f 1\ufe0f\u20e3", id="a heart and a keycap"),
        pytest.param("👨\u200d👩\u200d👧\u200d👦", id="a family"),
        pytest.param("🇨🇳", id="a flag"),
        pytest.param("", id="nothing"),
    ],
)
def test_what_is_drawn_is_visible(text: str) -> None:
    assert is_visible(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("an\u200bn", id="a zero-width space"),
        pytest.param("an\u200cn", id="a zero-width non-joiner"),
        pytest.param("an\u200dn", id="a joiner between letters"),
        pytest.param("\u200d🔬", id="a joiner first"),
        pytest.param("👩\u200d", id="a joiner last"),
        pytest.param("👩\u200d\u200d🔬", id="two joiners"),
        pytest.param("👩\u200da", id="a joiner before a letter"),
        pytest.param("an\u2060n", id="a word joiner"),
        pytest.param("an\ufeffn", id="a byte order mark"),
        pytest.param("an\u00adn", id="a soft hyphen"),
        pytest.param("an\u202en", id="a reversal"),
        pytest.param("an\u2066n", id="an isolate"),
        pytest.param("an\u200fn", id="a right-to-left mark"),
        pytest.param("an\U000e0061n", id="a tag"),
        pytest.param("🏴\U000e0067\U000e007f", id="a tag of a flag"),
        pytest.param("\u3164", id="a Hangul filler"),
        pytest.param("\uffa0", id="a half-wide Hangul filler"),
        pytest.param("\u115f\u1160", id="fillers of a syllable"),
        pytest.param("\u2800", id="the empty Braille cell"),
        pytest.param("a\u034fb", id="a combining joiner"),
        pytest.param("a\u17b4", id="a Khmer vowel without a shape"),
        pytest.param("a\ufe0f", id="a style for a letter"),
        pytest.param("a\ufe00", id="another variation selector"),
        pytest.param("葛\U000e0100", id="a variation selector of the supplement"),
        pytest.param("a\u180eb", id="a Mongolian separator"),
        pytest.param("a\u00a0b", id="a space that does not break"),
        pytest.param("a\u2003b", id="a wide space"),
        pytest.param("a\nb", id="a line break"),
        pytest.param("a\tb", id="a tab"),
        pytest.param("a\0b", id="a NUL"),
        pytest.param("a\x1bb", id="an escape"),
        pytest.param("a\ue000", id="a private character"),
        pytest.param("a\ud800", id="a lone surrogate"),
        pytest.param("a\uffff", id="no character"),
        pytest.param("\ufffc", id="the stand-in for an object"),
        pytest.param("Z\u0335\u0321\u0322\u0327algo", id="a pile of four marks"),
        pytest.param("\u0301a", id="a mark on nothing"),
        pytest.param("a\u20dd\u20dd\u20dd\u20dd", id="a pile of circles"),
    ],
)
def test_what_hides_turns_or_piles_up_is_not(text: str) -> None:
    assert not is_visible(text)
