from __future__ import annotations

import pytest

from hongyan.names import RESERVED_NAMES
from hongyan_core.likeness import looks_official, mixes_scripts, reserved_skeletons, skeleton


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("adm1n", "admin"),
        ("admln", "admin"),
        ("b0b", "bob"),
        ("torn", "tom"),
        ("vvendy", "wendy"),
        ("tom_1", "tom-l"),
        ("i1l", "lil"),
    ],
)
def test_names_that_are_mistaken_for_each_other_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_names_that_differ_to_the_eye_have_skeletons_of_their_own() -> None:
    names = ["ann", "anna", "bob", "bo-b", "eve", "thermo", "bot2", "bot3", "user10", "user11", "user12"]
    assert len({skeleton(name) for name in names}) == len(names)


def test_reserved_names_have_skeletons_too() -> None:
    assert len(reserved_skeletons()) == len(RESERVED_NAMES)
    assert "admln" in reserved_skeletons()


@pytest.mark.parametrize(
    ("text", "mixes"),
    [
        pytest.param("Ann Arbor", False, id="Latin"),
        pytest.param("Zoë Ångström", False, id="accents"),
        pytest.param("Анна", False, id="Cyrillic"),
        pytest.param("Ann Анна", False, id="two words of a script each"),
        pytest.param("小明 Tom", False, id="Chinese beside Latin"),
        pytest.param("Tom小明", False, id="Chinese and Latin in one word"),
        pytest.param("アンaンん安", False, id="Japanese"),
        pytest.param("Kim김", False, id="Korean"),
        pytest.param("ann_2 (lab)", False, id="digits and signs"),
        pytest.param("👩\u200d🔬 bot", False, id="an emoji"),
        pytest.param("Аnn", True, id="a Cyrillic A"),
        pytest.param("bоb", True, id="a Cyrillic o"),
        pytest.param("ρaul", True, id="a Greek rho"),
        pytest.param("小明 аnn", True, id="in the second word"),
        pytest.param("\uff41нн", True, id="a wide Latin a"),
        pytest.param("𝐚нна", True, id="a bold mathematical a"),
        pytest.param("Αнна", True, id="Greek in Cyrillic"),
        pytest.param("аnn小", True, id="beside Chinese"),
        pytest.param("ցreg", True, id="an Armenian g"),
    ],
)
def test_one_word_has_one_of_the_scripts_that_look_alike(text: str, mixes: bool) -> None:
    assert mixes_scripts(text) is mixes


@pytest.mark.parametrize(
    "text",
    [
        "admin", "Admin", "ADMIN!", "A d m i n", "Ádmin", "adm1n", "@dmin", "Admin 2", "admin_01", "аdmіn", "αdmin",
        "ᴀᴅᴍɪɴ", "\uff21\uff44\uff4d\uff49\uff4e", "𝓪𝓭𝓶𝓲𝓷", "ⓐⓓⓜⓘⓝ", "The Administrator", "Hongyan", "Hongyan Support",
        "Official Hongyan Team", "Sys Admin", "5y5tem", "Moderator", "Администратор", "管理员", "管理員", "系统",
        "系统 管理员", "★系统★", "客服", "鸿雁", "鴻雁", "鸿雁客服中心", "鸿雁官方", "【官方客服】", "客服01号",
        "系统通知",
    ],
)  # fmt: skip
def test_names_that_sound_like_the_servers_own_are_known(text: str) -> None:
    assert looks_official(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ann", "ann", "bob", "eve", "thermo", "Adminah", "Badminton", "Admir", "Systematic Bob", "Rooted", "李鸿雁",
        "客服小王", "王管理", "张官方", "操作系统爱好者", "Team", "The", "the bot", "echo bot",
        "消息", "中心", "号", "2", "007",
        "👩\u200d🔬 bot", "Ann (support)", "Мария",
    ],
)  # fmt: skip
def test_names_of_people_and_bots_are_not(text: str) -> None:
    assert not looks_official(text)
