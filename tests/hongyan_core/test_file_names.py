from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hongyan_core.files.names import clean_file_name, rename

NAMES = {
    "plain": ("notes.txt", "notes.txt"),
    "a path": ("../../etc/passwd", "passwd"),
    "a path of Windows": ("C:\\Users\\ann\\a.doc", "a.doc"),
    "both kinds of path": ("a\\b/c\\d.txt", "d.txt"),
    "up": ("..", "file"),
    "a hidden file": (".bashrc", "bashrc"),
    "nothing": ("", "file"),
    "blanks": (" \t ", "file"),
    "a NUL": ("a\0b.txt", "ab.txt"),
    "two lines": ("a\r\nb", "a b"),
    "turned around": ("photo\u202egpj.exe", "photogpj.exe"),
    "isolated": ("\u2066a\u2069.txt", "a.txt"),
    "a mark of the byte order": ("\ufeffa.txt", "a.txt"),
    "no width": ("a\u200bb.txt", "ab.txt"),
    "a lone surrogate": ("a\ud800.txt", "a.txt"),
    "what Windows forbids": ('a<b>:"|?*.txt', "a_b______.txt"),
    "dots and blanks at the end, which Windows drops": ("a.txt. . ", "a.txt"),
    "two ways to write a letter": ("e\u0301.txt", "é.txt"),
    "a family, which has joiners": ("👨\u200d👩\u200d👧.png", "👨\u200d👩\u200d👧.png"),
    "Chinese": ("会议 记录.docx", "会议 记录.docx"),
}


@pytest.mark.parametrize(("given_name", "kept"), NAMES.values(), ids=NAMES)
def test_a_name_is_the_part_of_it_that_can_be_seen(given_name: str, kept: str) -> None:
    assert clean_file_name(given_name) == kept


def test_a_long_name_keeps_its_suffix_and_whole_characters() -> None:
    assert clean_file_name("雁" * 200 + ".docx") == "雁" * 83 + ".docx"  # 3 bytes each: 249 + 5
    assert clean_file_name("x" * 300) == "x" * 255
    assert clean_file_name("a." + "x" * 300) == "a." + "x" * 253


@given(st.text())
def test_whatever_is_given_a_name_comes_out_and_comes_out_again(given_name: str) -> None:
    name = clean_file_name(given_name)
    assert 1 <= len(name.encode()) <= 255
    assert not set(name) & set('/\\<>:"|?*\0\r\n')
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cs"}
    assert clean_file_name(name) == name


@pytest.mark.parametrize(
    ("name", "renamed"),
    [("a.gif", "a.webp"), ("a", "a.webp"), ("a.b.GIF", "a.b.webp"), ("x" * 255, "x" * 250 + ".webp")],
)
def test_another_format_has_another_suffix(name: str, renamed: str) -> None:
    assert rename(name, ".webp") == renamed
