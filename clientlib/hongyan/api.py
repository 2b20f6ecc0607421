"""The JSON API, as far as a bot or a program needs it: blocking calls over the standard library's HTTP client."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, OpenerDirector, Request, build_opener

import msgspec

from hongyan import _transfer
from hongyan._transfer import Progress
from hongyan.envelope import Message, parse_message
from hongyan.errors import ApiError, MalformedEnvelope, NotConnected
from hongyan.topics import ConversationKey, parse_conversation_key

DEFAULT_URL: Final = "http://localhost:8000"
_T = TypeVar("_T")


class Me(msgspec.Struct, frozen=True):
    """The account that signed in."""

    username: str
    display_name: str
    language: str


class Token(msgspec.Struct, frozen=True):
    """A device token; `mqtt_password` is for bare MQTT clients. Both are shown once."""

    id: int
    label: str
    token: str
    mqtt_password: str
    created_at: int


class TokenInfo(msgspec.Struct, frozen=True):
    """A device token as the list shows it, without its secret."""

    id: int
    label: str
    created_at: int
    last_used_at: int | None = None


class Address(msgspec.Struct, frozen=True):
    """Where MQTT over TCP listens."""

    host: str
    port: int
    tls: bool = False


class Login(msgspec.Struct, frozen=True):
    """What `POST /mqtt-token` hands out: good for one connection, until `expires_at`."""

    username: str
    password: str
    tcp: Address | None = None
    expires_at: int | None = None
    websocket_url: str = ""
    protocol: int = 1


class Presence(msgspec.Struct, frozen=True):
    """What a friend lets be seen; `last_seen` in milliseconds."""

    state: str
    text: str = ""
    last_seen: int | None = None


class Friend(msgspec.Struct, frozen=True):
    """A friend of the account."""

    username: str
    display_name: str
    since: int
    presence: Presence


class IncomingRequest(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    """Somebody asks to be a friend: answer by `accept` or `decline` with its `id`."""

    id: int
    sender: str
    display_name: str
    text: str
    created_at: int


class Group(msgspec.Struct, frozen=True):
    """A group of the account; `role` is the account's own: owner, admin or member."""

    name: str
    title: str
    owner: str
    role: str
    member_count: int


class ConversationHead(msgspec.Struct, frozen=True):
    """How far a conversation has come; `key` is `user/bob` or `group/lab`."""

    key: str
    title: str
    last_seq: int
    read_seq: int
    unread: int


class HistoryPage(msgspec.Struct, frozen=True):
    """A piece of history, ascending by seq; `first_seq` is the lowest seq that the account may see at all."""

    messages: tuple[Message, ...]
    first_seq: int
    last_seq: int


class Import(msgspec.Struct, frozen=True):
    """An archive on its way into a conversation: waiting, running, done or failed (`problem` is a code)."""

    id: int
    key: str
    source: str
    state: str
    total: int
    done: int
    skipped: int
    problem: str = ""


class _RawPage(msgspec.Struct):
    messages: list[msgspec.Raw]
    first_seq: int
    last_seq: int


class _NoRedirect(HTTPRedirectHandler):
    # The standard library would send the token along to wherever the answer points.
    def redirect_request(self, *_: object) -> None:
        return None


class Api:
    """One server's JSON API with one device token.

    Args:
        url: As people type it, e.g. `https://chat.example.org`.
        token: A device token; None for the calls that need none (`create_token`).

    Every call raises `ApiError` where the server answered with an error, and `NotConnected` where it could not be
    reached or its answer was not that of a Hongyan server.
    """

    def __init__(self, url: str = DEFAULT_URL, token: str | None = None, *, timeout_s: float = 10.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"not the URL of a server: {url!r}")
        self.url = url.rstrip("/")
        self.host = parts.hostname
        self._token = token
        self._timeout_s = timeout_s
        self._opener = _make_opener(parts.scheme)

    def create_token(self, username: str, password: str, label: str, code: str | None = None) -> Token:
        """Sign in by password for a device token; the password is not needed again.

        Args:
            code: Of the authenticator app, or a recovery code: where the server answers `second_factor_required`.
        """
        body = {"username": username, "password": password, "label": label}
        if code is not None:
            body["code"] = code
        return self._call("POST", "/tokens", Token, body)

    def tokens(self) -> list[TokenInfo]:
        """The device tokens of the account."""
        return self._call("GET", "/tokens", dict[str, list[TokenInfo]])["tokens"]

    def delete_token(self, token_id: int) -> None:
        """Revoke a device token: its connections end at once, this client's own included."""
        self._call("DELETE", f"/tokens/{token_id}", Any)

    def me(self) -> Me:
        """Who the token belongs to."""
        return self._call("GET", "/me", Me)

    def mqtt_token(self) -> Login:
        """The way to MQTT, asked before each connection."""
        return self._call("POST", "/mqtt-token", Login, {})

    def friends(self) -> list[Friend]:
        """All friends with their presence."""
        return self._call("GET", "/friends", dict[str, list[Friend]])["friends"]

    def incoming_requests(self) -> list[IncomingRequest]:
        """The friend requests that wait for an answer."""
        raw = self._call("GET", "/friend-requests", dict[str, Any])
        return msgspec.convert(raw["incoming"], list[IncomingRequest])

    def request_friend(self, username: str, text: str = "") -> None:
        """Ask somebody to be a friend; asking somebody who has asked already accepts."""
        self._call("POST", "/friend-requests", Any, {"to": username, "text": text})

    def accept(self, request_id: int) -> None:
        """Accept a friend request."""
        self._call("POST", f"/friend-requests/{request_id}/accept", Any, {})

    def decline(self, request_id: int) -> None:
        """Decline a friend request; the other is not told why."""
        self._call("POST", f"/friend-requests/{request_id}/decline", Any, {})

    def unfriend(self, username: str) -> None:
        """End a friendship."""
        self._call("DELETE", f"/friends/{quote(username, safe='')}", Any)

    def block(self, username: str) -> None:
        """Hear nothing more of somebody, from the next message on."""
        self._call("PUT", f"/blocks/{quote(username, safe='')}", Any, {})

    def unblock(self, username: str) -> None:
        """Take a block back."""
        self._call("DELETE", f"/blocks/{quote(username, safe='')}", Any)

    def groups(self) -> list[Group]:
        """The groups that the account is a member of."""
        return self._call("GET", "/groups", dict[str, list[Group]])["groups"]

    def create_group(self, name: str, title: str) -> Group:
        """Make a group and own it."""
        return self._call("POST", "/groups", Group, {"name": name, "title": title})

    def add_member(self, group: str, username: str) -> None:
        """Add a friend to a group of one's own."""
        self._call("PUT", f"/groups/{quote(group, safe='')}/members/{quote(username, safe='')}", Any, {})

    def remove_member(self, group: str, username: str) -> None:
        """Remove a member, or leave the group oneself."""
        self._call("DELETE", f"/groups/{quote(group, safe='')}/members/{quote(username, safe='')}", Any)

    def conversations(self) -> list[ConversationHead]:
        """The heads of all conversations, newest first."""
        return self._call("GET", "/conversations", dict[str, list[ConversationHead]])["conversations"]

    def history(
        self, conversation: str, *, after: int | None = None, before: int | None = None, limit: int = 50
    ) -> HistoryPage:
        """One page of a conversation: 1 to 200 messages after or before a seq (exclusive), else the newest."""
        wanted = {"after": after, "before": before, "limit": limit}
        query = urlencode({name: value for name, value in wanted.items() if value is not None})
        page = self._call("GET", f"/conversations/{_path(conversation)}/messages?{query}", _RawPage)
        return HistoryPage(tuple(_readable(page.messages)), page.first_seq, page.last_seq)

    def upload(
        self,
        path: Path,
        *,
        name: str | None = None,
        content_type: str | None = None,
        progress: Progress | None = None,
    ) -> str:
        """Upload a file, whatever becomes of the connection meanwhile; its id, for `files` of a message."""
        return _transfer.upload(self._open, path, name=name, content_type=content_type, progress=progress)

    def download(self, file_id: str, path: Path, *, progress: Progress | None = None) -> None:
        """Download a file to `path`, which is there only when all of it is."""
        _transfer.download(self._open, quote(file_id, safe=""), path, progress=progress)

    def begin_import(self, conversation: str, file_id: str, source: str) -> int:
        """Have an uploaded archive (slack, telegram or wechat) read into a conversation; the id of the import."""
        body = {"file": file_id, "source": source}
        begun: int = self._call("POST", f"/conversations/{_path(conversation)}/imports", dict[str, int], body)["id"]
        return begun

    def imports(self) -> list[Import]:
        """How far one's imports are, the newest first."""
        return self._call("GET", "/imports", dict[str, list[Import]])["imports"]

    def end_import(self, import_id: int) -> None:
        """End an import, or take it off the list; what it has brought stays."""
        self._call("DELETE", f"/imports/{import_id}", Any)

    def _call(self, method: str, path: str, shape: type[_T], body: dict[str, Any] | None = None) -> _T:
        data = None if body is None else json.dumps(body).encode()
        with self._open(method, path, data, {"Content-Type": "application/json"}) as response:
            answer = response.read()
        try:
            return msgspec.json.decode(answer or b"null", type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise NotConnected(f"{self.url} did not answer as a Hongyan server") from None

    @contextmanager
    def _open(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Iterator[HTTPResponse]:
        """One request; what breaks while its answer is read is no connection either."""
        headers = {"Accept": "application/json"} | headers
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        request = Request(f"{self.url}/api/v1{path}", data, headers, method=method)  # noqa: S310 (the scheme is checked)
        try:
            response = self._opener.open(request, timeout=self._timeout_s)
        except HTTPError as error:
            with error:
                raise _parse_error(error.code, error.read()) from None
        except (OSError, HTTPException) as error:  # URLError and TimeoutError are OSErrors
            raise NotConnected(f"{self.url} cannot be reached: {error}") from error
        try:
            with response:
                yield response
        except (ConnectionError, TimeoutError, ssl.SSLError, HTTPException) as error:
            raise NotConnected(f"{self.url} broke off: {error}") from error


def _make_opener(scheme: str) -> OpenerDirector:
    if scheme == "http":
        return build_opener(_NoRedirect)
    return build_opener(_NoRedirect, HTTPSHandler(context=ssl.create_default_context()))


def _readable(messages: Iterable[msgspec.Raw]) -> Iterator[Message]:
    for raw in messages:
        with suppress(MalformedEnvelope):  # an entry of a later version that is no message to us
            yield parse_message(bytes(raw))


def _path(conversation: str) -> ConversationKey:
    return parse_conversation_key(conversation)


def _parse_error(status: int, body: bytes) -> ApiError:
    try:
        error = json.loads(body)["error"]
        return ApiError(status, str(error["code"]), str(error["message"]), error.get("field"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ApiError(status, "not_hongyan", "this does not look like a Hongyan server")
