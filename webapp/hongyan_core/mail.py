"""The letters that we write: what is said to whom, and the plain text of it in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Final, Literal, NamedTuple

Occasion = Literal["confirm", "reset", "held", "moved"]
# Of the pages; the secret stands behind the #, where no server and no proxy logs it.
_PAGES: Final[dict[Occasion, str]] = {"confirm": "/#/confirm/", "reset": "/#/reset/"}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to be written to an address about an account."""

    occasion: Occasion
    to: str
    username: str
    language: str  # zh | en
    secret: str = field(default="", repr=False)  # of the link


class _Words(NamedTuple):
    subject: str
    body: str  # {username}, {link}, {origin} are filled in


_WORDS: Final[dict[tuple[Occasion, str], _Words]] = {
    ("confirm", "zh"): _Words(
        "请确认你的邮箱",
        "你好，{username}：\n\n请打开下面的链接，确认这是你的邮箱（两天内有效）：\n\n{link}\n\n"
        "如果不是你本人填写的，不必理会这封邮件，什么也不会改变。\n",
    ),
    ("confirm", "en"): _Words(
        "Please confirm your e-mail address",
        "Hello {username},\n\nopen this link to confirm that this address is yours (it works for two days):\n\n"
        "{link}\n\n"
        "If you did not ask for this, leave it alone and nothing will change.\n",
    ),
    ("reset", "zh"): _Words(
        "重设密码",
        "你好，{username}：\n\n请打开下面的链接，设置新密码（一小时内有效，只能用一次）：\n\n{link}\n\n"
        "设置后，所有设备都需要重新登录。如果不是你本人要求的，不必理会这封邮件，密码不会改变。\n",
    ),
    ("reset", "en"): _Words(
        "A new password for you to choose",
        "Hello {username},\n\nopen this link to choose a new password (it works once, within an hour):\n\n{link}\n\n"
        "Every device will have to sign in again. If you did not ask for this, leave it alone: your password stays.\n",
    ),
    ("held", "zh"): _Words(
        "这个邮箱已经有账号了",
        "你好，{username}：\n\n刚才有人在 {origin} 用这个邮箱注册或修改邮箱，但它已属于你的账号 {username}。\n\n"
        "如果是你本人：请直接登录；忘了密码，可在登录页选择“忘记密码”。如果不是，不必理会，什么也不会改变。\n",
    ),
    ("held", "en"): _Words(
        "You have an account with this address already",
        "Hello {username},\n\nsomebody has just given this address for an account at {origin}. "
        "It belongs to your account {username} already.\n\n"
        "If it was you: sign in, or choose “Forgot password?” there. If not, leave it alone and nothing will change.\n",
    ),
    ("moved", "zh"): _Words(
        "你的邮箱已更改",
        "你好，{username}：\n\n{origin} 的账号 {username} 不再使用这个邮箱。\n\n"
        "如果不是你本人改的，请马上登录并修改密码，或联系管理员。\n",
    ),
    ("moved", "en"): _Words(
        "Your e-mail address was changed",
        "Hello {username},\n\nthe account {username} at {origin} no longer uses this address.\n\n"
        "If that was not you, sign in and change your password at once, or ask the administrator.\n",
    ),
}


def compose(letter: Letter, *, sender: str, origin: str) -> EmailMessage:
    """The message, but for its date and id.

    Args:
        sender: The `From` line: `Hongyan <chat@example.org>`.
        origin: The configured address of the site; a Host header would let anybody choose where the link leads.
    """
    words = _WORDS[letter.occasion, "zh" if letter.language == "zh" else "en"]
    link = make_link(letter.occasion, origin, letter.secret) if letter.secret else ""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = f"{'鸿雁' if letter.language == 'zh' else 'Hongyan'}: {words.subject}"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: holiday answers stay away
    message.set_content(words.body.format(username=letter.username, link=link, origin=origin))
    return message


def make_link(occasion: Occasion, origin: str, secret: str) -> str:
    """Where the page for a secret is."""
    return f"{origin}{_PAGES[occasion]}{secret}"
