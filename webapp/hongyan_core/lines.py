"""What has changed in a group, said as a line of its conversation: the fields of an envelope of kind `event`.

`body` is a sentence in the language of whoever did it, for clients that show text only; the rest is for those that
say it themselves. A new event? Also: docs/messages.md and the front end's own sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hongyan_core.texts import Text

# event, or event:variant → the sentence; {who} are those whom it concerns, by display name
SENTENCES: Final[dict[str, Text]] = {
    "created": Text("{actor}创建了“{title}”", "{actor} created “{title}”"),
    "joined": Text("{actor}邀请{who}加入", "{actor} added {who}"),
    "joined:link": Text("{actor}通过链接加入", "{actor} joined by a link"),
    "joined:approved": Text("{actor}同意{who}加入", "{actor} let {who} in"),
    "left": Text("{actor}退出了", "{actor} left"),
    "removed": Text("{actor}移出了{who}", "{actor} removed {who}"),
    "banned": Text("{actor}禁止{who}加入", "{actor} banned {who}"),
    "unbanned": Text("{actor}允许{who}再次加入", "{actor} lifted the ban of {who}"),
    "role:admin": Text("{actor}将{who}设为管理员", "{actor} made {who} an admin"),
    "role:member": Text("{actor}取消了{who}的管理员身份", "{actor} made {who} a plain member"),
    "owner": Text("{actor}将群主转让给{who}", "{actor} handed the ownership to {who}"),
    "muted": Text("{actor}将{who}禁言", "{actor} muted {who}"),
    "unmuted": Text("{actor}解除了{who}的禁言", "{actor} unmuted {who}"),
    "muted_all": Text("{actor}开启了全员禁言", "{actor} muted everybody"),
    "unmuted_all": Text("{actor}解除了全员禁言", "{actor} unmuted everybody"),
    "title": Text("{actor}将名称改为“{title}”", "{actor} changed the title to “{title}”"),
    "picture": Text("{actor}更换了头像", "{actor} changed the picture"),
    "announcement": Text("{actor}发布公告：{announcement}", "{actor} announced: {announcement}"),
    "announcement:none": Text("{actor}撤下了公告", "{actor} took the announcement back"),
    "settings": Text("{actor}更改了设置", "{actor} changed the settings"),
    "nickname": Text("{who}在这里的昵称改为“{nickname}”", "{who} is called “{nickname}” here now"),
    "nickname:none": Text("{who}不再使用这里的昵称", "{who} has no nickname here any more"),
    "dissolved": Text("{actor}解散了这里", "{actor} dissolved it"),
}
EVENTS: Final[tuple[str, ...]] = tuple(dict.fromkeys(name.partition(":")[0] for name in SENTENCES))


def make_line(
    sentence: str, language: str, actor: str, who: Sequence[tuple[str, str]] = (), **values: object
) -> dict[str, Any]:
    """The fields of a line: `event`, `body`, `who` where it concerns somebody, and the values as they are.

    Args:
        sentence: A key of `SENTENCES`.
        language: Of the one who acts; any but `zh` is English.
        actor: The display name of the one who acts.
        who: (user name, display name) of those whom it concerns.
        values: What belongs to the event; a sentence may name them.
    """
    text = SENTENCES[sentence]
    template = text.zh if language == "zh" else text.en
    names = ("、" if language == "zh" else ", ").join(shown for _, shown in who)
    fields: dict[str, Any] = {
        "event": sentence.partition(":")[0],
        "body": template.format(actor=actor, who=names, **values),
    }
    if who:
        fields["who"] = [name for name, _ in who]
    return fields | values
