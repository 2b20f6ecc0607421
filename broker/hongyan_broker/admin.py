"""`hongyan admin`: an administrator's deeds at the server itself, on its database; for the day nobody can sign in.

It works beside a running server: what it changes holds from the next message on. The audit log names no actor then.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from hongyan_broker.options import build_parser, find_data_dir
from hongyan_core.actions.administration import change_role, disable_account, enable_account, make_reset_secret
from hongyan_core.actions.audit import COMMAND_LINE
from hongyan_core.actions.deletion import delete_account
from hongyan_core.clock import now_ms
from hongyan_core.problems import Problem
from hongyan_core.standing import ServerRole
from hongyan_core.store.administration import MAX_PAGE, AccountRow, list_accounts
from hongyan_core.store.database import open_database
from hongyan_core.texts import say

DEEDS: Final = {
    "list": "[TEXT]            all accounts, or those that begin so",
    "grant": "NAME [ROLE]      make somebody admin, or moderator",
    "revoke": "NAME             take the office away again",
    "disable": "NAME             sign somebody out everywhere, and keep them out",
    "enable": "NAME             let them in again",
    "reset": "NAME             a link by which they choose a new password, for a day",
    "delete": "NAME             delete an account for ever",
}
_RESET_PAGE: Final = "/#/reset/"


class WrongDeed(Exception):
    """The deed cannot be done; the text says what to change."""


def make_parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The options of the data, then the deed and its words."""
    parser = build_parser("admin", environ)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "deeds:\n" + "".join(f"  {deed:<9}{text}\n" for deed, text in DEEDS.items())
    parser.add_argument("deed", choices=tuple(DEEDS), metavar="DEED", help="what to do, see below")
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="a user name")
    parser.add_argument("role", nargs="?", choices=("admin", "moderator"), default="admin", help="of grant [admin]")
    return parser


def run_admin(argv: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
    """Do one deed and say what came of it.

    Raises:
        WrongDeed: There is no database, no such account, or the rules refuse.
    """
    environ = os.environ if environ is None else environ
    args = make_parser(environ).parse_args(argv)
    if not args.name and args.deed != "list":
        raise WrongDeed(f"whom? hongyan admin {args.deed} NAME")
    database = open_database(_find_database(args, environ))
    try:
        for line in _do(args, now_ms()):
            sys.stdout.write(f"{line}\n")
    except Problem as problem:
        raise WrongDeed(say(problem.code, "en", **problem.params)) from problem
    finally:
        database.close()


def _find_database(args: argparse.Namespace, environ: Mapping[str, str]) -> str:
    if args.database_url:
        return str(args.database_url)
    path = find_data_dir(args.data, environ) / "hongyan.sqlite3"
    if not path.is_file():  # a new one would be empty, and the wrong one
        raise WrongDeed(f"there is no {path}: give the --data of the server, or its --database-url")
    return f"sqlite:///{path}"


def _do(args: argparse.Namespace, at_ms: int) -> Iterator[str]:
    name = args.name
    if args.deed == "list":
        yield from map(_describe, _read_all(name))
    elif args.deed == "reset":
        secret = make_reset_secret(COMMAND_LINE, name, at_ms=at_ms)
        yield f"{(args.public_url or 'http://localhost:8000').rstrip('/')}{_RESET_PAGE}{secret}"
    elif args.deed in ("grant", "revoke"):
        role = ServerRole(args.role) if args.deed == "grant" else ServerRole.USER
        change_role(COMMAND_LINE, name, role, at_ms=at_ms)
        yield f"{name} is {role.value}"
    else:
        deed: Callable[..., None] = {"disable": disable_account, "enable": enable_account, "delete": delete_account}[
            args.deed
        ]
        deed(COMMAND_LINE, name, at_ms=at_ms)
        yield f"{name} is {args.deed}d"


def _read_all(text: str) -> Iterator[AccountRow]:
    after = ""
    while page := list_accounts(text, after=after, limit=MAX_PAGE):
        yield from page
        after = page[-1].username


def _describe(row: AccountRow) -> str:
    state = "deleted" if row.deleted_at_ms else "disabled" if row.disabled_at_ms else ""
    office = "" if row.role == ServerRole.USER.value else row.role
    kind = f"{row.kind} of {row.owner}" if row.owner else row.kind
    words = (row.username, kind, office, state, row.display_name)
    return "\t".join(words)
