from __future__ import annotations

import pytest

from hongyan_core.mail import Letter, Occasion, compose

ORIGIN = "https://chat.example"
OCCASIONS: dict[Occasion, str] = {"confirm": "secret", "reset": "secret", "held": "", "moved": ""}


@pytest.mark.parametrize("occasion", OCCASIONS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_letter_names_the_account_and_says_what_to_do_in_its_language(occasion: Occasion, language: str) -> None:
    letter = Letter(occasion, "ann@example.org", "ann", language, OCCASIONS[occasion])
    message = compose(letter, sender="Hongyan <chat@example.org>", origin=ORIGIN)
    text = message.get_content()
    assert (message["From"], message["To"]) == ("Hongyan <chat@example.org>", "ann@example.org")
    assert message["Subject"].startswith("鸿雁: " if language == "zh" else "Hongyan: ")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert "ann" in text
    assert "{" not in text
    assert ("如果" in text) == (language == "zh")
    assert ORIGIN in text


@pytest.mark.parametrize(
    ("occasion", "link"),
    [("confirm", "https://chat.example/#/confirm/s3cr3t"), ("reset", "https://chat.example/#/reset/s3cr3t")],
)
def test_a_link_stands_on_a_line_of_its_own(occasion: Occasion, link: str) -> None:
    letter = Letter(occasion, "ann@example.org", "ann", "en", "s3cr3t")
    assert link in compose(letter, sender="chat@example.org", origin=ORIGIN).get_content().splitlines()


def test_another_language_is_written_in_english() -> None:
    letter = Letter("moved", "ann@example.org", "ann", "de")
    assert "Hello ann" in compose(letter, sender="chat@example.org", origin=ORIGIN).get_content()


def test_the_secret_is_not_printed() -> None:
    assert "s3cr3t" not in repr(Letter("reset", "ann@example.org", "ann", "en", "s3cr3t"))
