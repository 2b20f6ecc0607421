"""A conversation as one page of HTML: no script, no request to anywhere; all that people wrote is escaped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from html import escape
from typing import Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from hongyan.kinds import EVENT_KIND, GONE_KIND, MARK_KINDS
from hongyan_core.texts import Text

_WORDS: Final[dict[str, Text]] = {
    "exported": Text("导出于 {at}", "exported {at}"),
    "gone": Text("（消息已不在）", "(this message is gone)"),
    "edited": Text("已编辑", "edited"),
    "reply": Text("回复 #{seq}", "in reply to #{seq}"),
    "voice": Text("语音", "voice message"),
    "location": Text("位置", "location"),
    "contact": Text("名片", "contact"),
    "forward": Text("转发的消息", "forwarded"),
    "sticker": Text("贴纸", "sticker"),
    "votes": Text("{count} 票", "{count} votes"),
    "imported": Text("导入自 {who}，{at}", "imported: {who}, {at}"),
}
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "article{margin:.9rem 0}header{color:#666;font-size:.85rem}header b{color:#222}"
    ".said{white-space:pre-wrap;overflow-wrap:anywhere}.event,.gone{color:#777;font-style:italic}"
    "blockquote{margin:.3rem 0;padding-left:.8rem;border-left:3px solid #ccc}ul{margin:.2rem 0}"
    "footer{color:#555;font-size:.9rem}"
)
Link = Callable[[dict[str, Any]], str]
_PLAIN: Final = frozenset({"text", "image", "video", "file"})  # their body and their files say it all


class PageMaker:
    """Makes the page piece by piece.

    Args:
        language: zh, else English.
        time_zone: Of the IANA database; empty: UTC.
        link: Where a file lies beside the page; None: it does not.
    """

    def __init__(self, language: str, time_zone: str, link: Link | None) -> None:
        self._language = "zh" if language == "zh" else "en"
        self._zone: tzinfo = ZoneInfo(time_zone) if time_zone else UTC
        self._link = link

    def begin(self, title: str, at_ms: int) -> str:
        """Everything before the first message."""
        language = "zh-CN" if self._language == "zh" else "en"
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"
        return (
            f'<!doctype html>\n<html lang="{language}">\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
            f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
            f"<style>{_STYLE}</style>\n<h1>{escape(title)}</h1>\n<p>{self._say('exported', at=self._time(at_ms))}</p>\n"
        )

    def end(self) -> str:
        """Everything after the last one."""
        return "</html>\n"

    def show(self, message: Mapping[str, Any], marks: Mapping[str, Any], names: Mapping[str, str]) -> str:
        """One message; a mark is no line of its own."""
        if message["kind"] in MARK_KINDS:
            return ""
        seq, who = message["seq"], names.get(message["from"], message["from"])
        notes = [f'<time datetime="{self._iso(message["at"])}">{self._time(message["at"])}</time>', f"#{seq}"]
        if "edited" in message:
            notes.append(self._say("edited"))
        if "reply" in message:
            notes.append(f'<a href="#m{int(message["reply"])}">{self._say("reply", seq=message["reply"])}</a>')
        lines = "".join(f"\n{line}" for line in (*self._show_content(message, marks), self._show_marks(marks)) if line)
        head = f"<header><b>{escape(who)}</b> {' · '.join(notes)}</header>"
        return f'<article id="m{seq}">{head}{lines}\n</article>\n'

    def _show_content(self, message: Mapping[str, Any], marks: Mapping[str, Any]) -> Iterable[str]:
        kind, body = message["kind"], message.get("body")
        if kind == GONE_KIND:
            yield f'<div class="gone">{self._say("gone")}</div>'
            return
        if isinstance(imported := message.get("imported"), dict):
            at = self._time(imported["at"])
            yield f"<header>{self._say('imported', who=imported['from'], at=at)}</header>"
        if kind in _WORDS and kind not in _PLAIN:
            yield f"<div>[{self._say(kind)}] {escape(_describe(message))}</div>"
        if isinstance(body, str) and body:
            style = "event" if kind == EVENT_KIND else "said"
            yield f'<div class="{style}">{escape(body)}</div>'
        if isinstance(message.get("data"), dict):
            yield f'<div class="said">{escape(json.dumps(message["data"], ensure_ascii=False, indent=1))}</div>'
        yield from self._show_options(message, marks)
        yield from self._show_files(message)
        for item in message.get("items", ()):
            head = f"<header><b>{escape(str(item['from']))}</b> {self._time(item['at'])}</header>"
            yield f"<blockquote>{head}{''.join(self._show_content(item, {}))}</blockquote>"

    def _show_options(self, message: Mapping[str, Any], marks: Mapping[str, Any]) -> Iterable[str]:
        if message["kind"] != "poll":
            return
        counts = marks.get("poll", {}).get("counts", ())
        options = message.get("options", ())
        shown = (
            f"<li>{escape(str(option))}: {self._say('votes', count=counts[place] if place < len(counts) else 0)}"
            for place, option in enumerate(options)
        )
        yield f"<ul>{''.join(shown)}</ul>"

    def _show_files(self, message: Mapping[str, Any]) -> Iterable[str]:
        for file in message.get("files", ()):
            name = escape(str(file["name"]))
            if self._link is None:
                yield f"<div>📎 {name}</div>"
                continue
            address = escape(quote(self._link(file)))
            picture = f'<br><img src="{address}" alt="" width="320">' if message["kind"] == "image" else ""
            yield f'<div>📎 <a href="{address}">{name}</a>{picture}</div>'

    def _show_marks(self, marks: Mapping[str, Any]) -> str:
        signs = " ".join(f"{escape(each['emoji'])} {each['count']}" for each in marks.get("reactions", ()))
        return f"<footer>{'📌 ' if marks.get('pinned') else ''}{signs}</footer>" if signs or marks.get("pinned") else ""

    def _say(self, word: str, **values: object) -> str:
        text = _WORDS[word]
        return escape((text.zh if self._language == "zh" else text.en).format(**values))

    def _time(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1_000, self._zone).strftime("%Y-%m-%d %H:%M")

    def _iso(self, at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="seconds")


def _describe(message: Mapping[str, Any]) -> str:
    """What a kind says beside its words."""
    match message["kind"]:
        case "location":
            return f"{message.get('name', '')} {message.get('lat')}, {message.get('lon')}".strip()
        case "contact":
            return f"{message.get('display_name', '')} ({message.get('who')})".strip()
        case "sticker":
            return str(message.get("emoji", ""))
    return ""
