"""What a name looks like to a person: which ones are taken for each other, or for the server itself.

The scripts of a word are read from the names that Unicode gives its characters; Python knows no better way.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

from hongyan.names import RESERVED_NAMES

# Within the grammar of names; pairs first, for they hold what single characters hold.
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_SINGLE: Final = str.maketrans({"0": "o", "1": "l", "i": "l", "_": "-"})

# Letters of other scripts, and of the corners of the Latin one, that are drawn like a plain Latin letter.
# From Unicode's confusables.txt: small letters only, for names are folded first.
_LOOKS_LIKE: Final = {
    "a": "аαɑᴀ",
    "b": "вβʙᖯ",
    "c": "сϲᴄⅽ",
    "d": "ԁđᴅ",
    "e": "еεєҽᴇ",
    "f": "ғϝꜰ",
    "g": "ɡցɢ",
    "h": "һнհʜ",
    "i": "іιıɩɪӏ|",
    "j": "јϳᴊ",
    "k": "кκᴋ",
    "l": "łʟ",
    "m": "мᴍ",
    "n": "пηոɴ",
    "o": "оοօøσᴏ",
    "p": "рρᴘ",
    "q": "ԛգ",
    "r": "гʀ",
    "s": "ѕꜱ$",
    "t": "тτᴛ",
    "u": "υսᴜμ",
    "v": "ѵνᴠ",
    "w": "ԝωᴡ",
    "x": "хχ",
    "y": "уүγʏ",
    "z": "ᴢ",
}
_TO_LATIN: Final = str.maketrans({odd: plain for plain, odds in _LOOKS_LIKE.items() for odd in odds})
_TO_LETTERS: Final = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a"})
# Scripts with letters that are drawn alike. Chinese, Japanese, Korean and the others may stand beside any of them.
_ALIKE: Final = frozenset("ARMENIAN CHEROKEE COPTIC CYRILLIC DESERET GOTHIC GREEK LATIN LISU OSAGE".split())

# A name that consists of nothing but these is the server's, or sounds so. 李鸿雁 and 客服小王 are people.
_OFFICES: Final = """admin admins administrator administrators sysadmin system sys root hongyan moderator moderators
    support security helpdesk webmaster postmaster server operator админ администратор модератор система поддержка
    管理员 管理員 管理 管理者 系统 系統 客服 官方 鸿雁 鴻雁 运营 運營 站长 站長 服务器 伺服器""".split()
_BESIDE_AN_OFFICE: Final = """the of and official team staff service center centre account message notice bot
    中心 团队 團隊 小助手 助手 服务 服務 通知 消息 账号 帳號 人员 人員 号 號""".split()


def skeleton(name: str) -> str:
    """The same for names that are easily mistaken: `admin` and `adm1n`, `tom_1` and `torn-l`."""
    for pair, one in _PAIRS:
        name = name.replace(pair, one)
    return name.translate(_SINGLE)


@cache
def reserved_skeletons() -> frozenset[str]:
    """What no new name may look like."""
    return frozenset(map(skeleton, RESERVED_NAMES))


def mixes_scripts(text: str) -> bool:
    """Whether one word of it is written in two scripts whose letters look alike: a Cyrillic а in a Latin word."""
    shown = unicodedata.normalize("NFKC", text)
    return any(len(_scripts(word) & _ALIKE) > 1 for word in re.findall(r"\w+", shown))


def _scripts(word: str) -> set[str]:
    return {unicodedata.name(char, "?").split(" ", 1)[0] for char in word if char.isalpha()}


def looks_official(text: str) -> bool:
    """Whether a name looks like the server's own: `Ádmin`, `Hongyan Support 2`, `аdmin`, `系统 管理员`."""
    drawn = _draw(text)
    return any(_is_official(form) for form in (drawn, drawn.translate(_TO_LETTERS)))


def _is_official(drawn: str) -> bool:
    return _only_offices().fullmatch(skeleton(re.sub(r"[\W_\d]", "", drawn))) is not None


def _draw(text: str) -> str:
    """Without case, width, accents, and with the Latin letter where another looks like it."""
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in bare if not unicodedata.combining(char)).translate(_TO_LATIN)


@cache
def _only_offices() -> re.Pattern[str]:
    offices, beside = ("|".join(skeleton(_draw(word)) for word in words) for words in (_OFFICES, _BESIDE_AN_OFFICE))
    return re.compile(f"(?:{beside})*(?:{offices})(?:{offices}|{beside})*")
