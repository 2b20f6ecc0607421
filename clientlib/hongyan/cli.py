"""The command `hongyan`: send, listen and token are the client's; the others need the server's extras."""

from __future__ import annotations

import argparse
import getpass
import json
import mimetypes
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

from hongyan._importing import SOURCES, import_archive
from hongyan.api import DEFAULT_URL, Api, Token
from hongyan.client import Client
from hongyan.envelope import Message
from hongyan.errors import ApiError, HongyanError, MalformedTopic

OK: Final = 0
REFUSED: Final = 1
USAGE: Final = 2
SERVER_COMMANDS: Final = {
    "serve": "everything in one process: web, broker, exchange",
    "web": "the web app alone, beside an external broker",
    "router": "the exchange alone, for an external broker",
    "broker": "--open: a plain MQTT broker without rules, for this machine only",
    "admin": "list, grant, revoke, disable, enable, reset, delete: accounts, at the server itself",
}
_NEEDS_SERVER: Final = "hongyan: this command needs the server: pip install 'hongyan[server]'\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. The exit code is 0, 1 where the server or the network said no, 2 for a wrong command line."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments and arguments[0] in SERVER_COMMANDS:
        return _run_server(arguments)
    options = make_parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        return OK
    except BrokenPipeError:  # `hongyan listen | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except MalformedTopic:
        sys.stderr.write("hongyan: --to is user/NAME or group/NAME\n")
        return USAGE
    except (HongyanError, OSError, ValueError) as problem:
        sys.stderr.write(f"hongyan: {problem}\n")
        return REFUSED


def _run_server(argv: Sequence[str]) -> int:
    try:
        serve = import_module("hongyan_broker.serve")
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("hongyan"):  # not an extra, but a fault of ours
            raise
        sys.stderr.write(_NEEDS_SERVER)
        return REFUSED
    code: int = serve.main(argv)
    return code


def make_parser() -> argparse.ArgumentParser:
    """The command line; the server's commands are listed, their options are `hongyan serve --help`'s."""
    parser = argparse.ArgumentParser(prog="hongyan", description="A self-hosted messenger on MQTT.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    server = argparse.ArgumentParser(add_help=False)
    server.add_argument("--url", default=os.environ.get("HONGYAN_URL", DEFAULT_URL), help="default: %(default)s")
    client = argparse.ArgumentParser(add_help=False, parents=[server])
    client.add_argument("--token", default=os.environ.get("HONGYAN_TOKEN"), help="default: HONGYAN_TOKEN")

    send = commands.add_parser("send", parents=[client], help="send one message and wait until it is stored")
    send.add_argument("--to", required=True, metavar="user/NAME|group/NAME")
    send.add_argument("--id", help="the message's id: the same again is the same message")
    send.add_argument("--file", action="append", default=[], type=Path, metavar="PATH", help="upload and send; up to 9")
    send.add_argument("--kind", help="of docs/messages.md; default: text, or what --file is")
    send.add_argument("--fields", type=_fields, default={}, metavar="JSON", help="fields of the kind, an object")
    send.add_argument("--reply", type=int, metavar="SEQ", help="the message that it answers")
    send.add_argument("--at", type=_time, metavar="TIME", help="send it then: 2026-12-24T18:00, in this machine's zone")
    send.add_argument("text", nargs="?", help="- reads it from standard input")
    send.set_defaults(run=_send)

    listen = commands.add_parser("listen", parents=[client], help="print messages as they come")
    listen.add_argument("--json", action="store_true", help="one JSON object a line")
    listen.add_argument("--state", type=Path, help="a file that remembers how far we came")
    listen.add_argument("--since", choices=("now", "start"), default="now", help="where a start without state begins")
    listen.add_argument("--count", type=int, help="end after so many messages")
    listen.set_defaults(run=_listen)

    bring = commands.add_parser("import", parents=[client], help="bring an archive of another messenger in")
    bring.add_argument("archive", type=Path)
    bring.add_argument("--source", required=True, choices=SOURCES)
    bring.add_argument("--to", required=True, metavar="user/NAME|group/NAME")
    bring.set_defaults(run=_import)

    token = commands.add_parser("token", parents=[server], help="make a device token by password")
    token.add_argument("--user", required=True)
    token.add_argument("--label", default="hongyan command line")
    token.add_argument("--save", type=Path, metavar="FILE", help="write it there, readable by you alone")
    token.set_defaults(run=_make_token)

    for name, text in SERVER_COMMANDS.items():
        commands.add_parser(name, help=f"{text}; needs hongyan[server]", add_help=False)
    return parser


def _fields(text: str) -> dict[str, Any]:
    fields = json.loads(text)
    if not isinstance(fields, dict):
        raise argparse.ArgumentTypeError("not a JSON object")
    return fields


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()


def _send(options: argparse.Namespace) -> int:
    text = sys.stdin.read().removesuffix("\n") if options.text == "-" else options.text
    if text is None and not (options.file or options.kind):
        sys.stderr.write("hongyan: a text, --file or --kind is needed\n")
        return USAGE
    with _connect(options) as client:
        fields = {"kind": options.kind or _kind_of(options.file), "id": options.id, "reply": options.reply}
        fields |= {"files": [client.upload(path) for path in options.file] or None} | options.fields
        if options.at is not None:
            scheduled = client.schedule(options.to, text, at=options.at, **fields)
            sys.stdout.write(f"{scheduled.to} at {options.at:%Y-%m-%d %H:%M}\n")
            return OK
        stamped = client.send(options.to, text, **fields)
    sys.stdout.write(f"{stamped.to} #{stamped.seq}\n")
    return OK


def _kind_of(files: list[Path]) -> str:
    if not files:
        return "text"
    types = [mimetypes.guess_type(path.name)[0] or "" for path in files]
    return "image" if all(name.startswith("image/") for name in types) else "file"


def _listen(options: argparse.Namespace) -> int:
    with _connect(options, state=options.state, since=options.since) as client:
        show = _as_json if options.json else _as_line
        for number, message in enumerate(client.messages(), 1):
            sys.stdout.write(f"{show(message, client.account)}\n")
            sys.stdout.flush()
            if number == options.count:
                break
    return OK


def _import(options: argparse.Namespace) -> int:
    found = import_archive(
        Api(options.url, _token_of(options)), options.archive, options.to, options.source, sys.stderr
    )
    sys.stdout.write(f"{found.done} messages, {found.skipped} passed over\n")
    return OK


def _token_of(options: argparse.Namespace) -> str:
    if not options.token:
        raise ValueError("no token: set HONGYAN_TOKEN or --token; `hongyan token --user NAME` makes one")
    token: str = options.token
    return token


def _make_token(options: argparse.Namespace) -> int:
    token = _sign_in(options)
    if options.save is None:
        sys.stdout.write(f"{token.token}\n")
        return OK
    descriptor = os.open(options.save, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{token.token}\n")
    sys.stderr.write(f"saved to {options.save}\n")
    return OK


def _sign_in(options: argparse.Namespace) -> Token:
    api = Api(options.url)
    password = _ask(f"Password of {options.user}: ")
    try:
        return api.create_token(options.user, password, options.label)
    except ApiError as error:
        if error.code != "second_factor_required":
            raise
    return api.create_token(options.user, password, options.label, _ask("Code of the authenticator app: "))


def _ask(prompt: str) -> str:
    """A secret, unseen from a terminal, else the next line of standard input."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _connect(
    options: argparse.Namespace, *, state: Path | None = None, since: Literal["now", "start"] = "now"
) -> Client:
    return Client(options.url, _token_of(options), state=state, since=since)


def _as_line(message: Message, account: str) -> str:
    at = datetime.fromtimestamp(message.at_ms / 1_000).astimezone().strftime("%H:%M:%S")
    names = [f"[{message.kind}: {file.name}]" for file in message.files]
    what = " ".join(filter(None, [*names, message.body]))
    body = what or json.dumps(message.data if message.data is not None else message.fields, ensure_ascii=False)
    # Nobody's message moves our cursor or recolours the terminal; U+200D joins emoji.
    safe = "".join(c if c.isprintable() or c in "\n\t\u200d" else "\ufffd" for c in body)
    return f"{at} {message.conversation(account)} {message.sender}: {safe}"


def _as_json(message: Message, account: str) -> str:
    whole = {
        "conversation": str(message.conversation(account)),
        "id": message.id,
        "kind": message.kind,
        "body": message.body,
        "data": message.data,
        "ext": message.ext,
        "fields": message.fields,
        "from": message.sender,
        "to": message.to,
        "seq": message.seq,
        "at": message.at_ms,
    }
    return json.dumps(whole, ensure_ascii=False)
