"""Mosquitto's dynamic-security plugin: which commands make it know our accounts. Values in, values out.

It holds accounts and nothing else. Every command makes Mosquitto rewrite its whole file, and a change of a client's
password or roles disconnects that client, so friends and groups must never get here. Topics are decided by acl.conf,
which Mosquitto asks wherever the plugin has no opinion: hence no default of the plugin's is ever true.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

CONTROL_TOPIC: Final = "$CONTROL/dynamic-security/v1"
RESPONSE_TOPIC: Final = "$CONTROL/dynamic-security/v1/response"
MEMBER_ROLE: Final = "member"  # carried by every account that we made, and by nothing else
_ITERATIONS: Final = 101  # Mosquitto's own number; enough for 256 random bits, which nobody guesses
_KEY_BYTES: Final = 64

# Filters that a member may not subscribe. acl.conf cannot refuse a SUBSCRIBE in 2.0, it only filters what is delivered:
# this is what keeps members out of shared subscriptions and spares Mosquitto the matching of everything.
_REFUSED_FILTERS: Final = (
    ("subscribePattern", "$share/#"),
    ("subscribePattern", "$SYS/#"),
    ("subscribePattern", "$CONTROL/#"),
    ("subscribeLiteral", "#"),
)


class Verb(StrEnum):
    """The commands that we use, by their names on the wire."""

    CREATE = "createClient"
    SET_PASSWORD = "setClientPassword"  # noqa: S105 (a command's name)
    DELETE = "deleteClient"


@dataclass(frozen=True, slots=True)
class AccountState:
    """What the database says of an account: the generation of its MQTT secret, and the one that Mosquitto knows."""

    name: str
    generation: int
    provisioned: int  # 0: Mosquitto does not know the account
    active: bool = True  # neither disabled nor deleted


@dataclass(frozen=True, slots=True)
class Command:
    """One change of one client. `generation` says which secret it sets; 0 on a deletion."""

    verb: Verb
    account: str
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What Mosquitto said to a command of ours; `error` is None when it is done."""

    command: Command
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ClientPage:
    """Clients `offset` and following, in the order of their names; `members` are those in the member role."""

    members: tuple[str, ...]
    listed: int
    total: int


def plan(accounts: Iterable[AccountState], known: Collection[str]) -> list[Command]:
    """The commands that bring Mosquitto from the clients in `known` to `accounts`; those of nobody are deleted."""
    states = {account.name: account for account in accounts}
    wanted = [command for state in states.values() if (command := decide(state, state.name in known)) is not None]
    strangers = [Command(Verb.DELETE, name) for name in sorted(known) if name not in states]
    return wanted + strangers


def decide(account: AccountState, known: bool) -> Command | None:
    """The command for one account, None if Mosquitto is up to date."""
    match account.active, known:
        case True, False:
            return Command(Verb.CREATE, account.name, account.generation)
        case True, True if account.provisioned != account.generation:
            return Command(Verb.SET_PASSWORD, account.name, account.generation)
        case False, True:
            return Command(Verb.DELETE, account.name)
    return None


def follow_up(answer: Answer) -> Command | None:
    """The other command to try when Mosquitto knew more, or less, than we thought."""
    match answer.command.verb, answer.error:
        case Verb.CREATE, "Client already exists":
            return Command(Verb.SET_PASSWORD, answer.command.account, answer.command.generation)
        case Verb.SET_PASSWORD, "Client not found":
            return Command(Verb.CREATE, answer.command.account, answer.command.generation)
    return None


def is_done(answer: Answer) -> bool:
    """Whether Mosquitto now is as the command wanted it."""
    return answer.error is None or (answer.command.verb is Verb.DELETE and answer.error == "Client not found")


def encode_commands(commands: Sequence[Command], password_of: Callable[[str, int], str]) -> bytes:
    """Encode commands for `CONTROL_TOPIC`; `password_of` gives the secret of (account, generation)."""
    return _encode([_describe(command, password_of) for command in commands])


def _describe(command: Command, password_of: Callable[[str, int], str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "command": command.verb.value,
        "username": command.account,
        # The answer repeats it, and nothing else of the command but its verb.
        "correlationData": f"{command.account} {command.generation}",
    }
    if command.verb is not Verb.DELETE:
        described["password"] = password_of(command.account, command.generation)
    if command.verb is Verb.CREATE:
        described["roles"] = [{"rolename": MEMBER_ROLE}]
    return described


def encode_list_clients(offset: int, count: int) -> bytes:
    """Encode the question for one page of clients."""
    return _encode([{"command": "listClients", "verbose": True, "offset": offset, "count": count}])


def _encode(commands: list[dict[str, Any]]) -> bytes:
    return json.dumps({"commands": commands}).encode()


def parse_responses(payload: bytes) -> list[Answer | ClientPage]:
    """Parse what came on `RESPONSE_TOPIC`. Answers to commands that are not ours (an operator's) are left out."""
    try:
        responses = json.loads(payload)["responses"]
        parsed = [_parse_response(response) for response in responses]
    except (ValueError, KeyError, TypeError, AttributeError):
        return []
    return [response for response in parsed if response is not None]


def _parse_response(response: dict[str, Any]) -> Answer | ClientPage | None:
    if response.get("command") == "listClients" and "data" in response:
        return _parse_page(response["data"])
    account, _, generation = str(response.get("correlationData", "")).partition(" ")
    if response.get("command") not in list(Verb) or not generation.isdecimal():
        return None
    return Answer(Command(Verb(response["command"]), account, int(generation)), response.get("error"))


def _parse_page(data: dict[str, Any]) -> ClientPage | None:
    clients = data["clients"]
    if not all(isinstance(client, dict) for client in clients):
        return None  # an operator's list without roles
    members = tuple(c["username"] for c in clients if {"rolename": MEMBER_ROLE} in c.get("roles", ()))
    return ClientPage(members, len(clients), data["totalCount"])


def initial_state(router_password: str, salt: bytes) -> dict[str, Any]:
    """The plugin's file for a fresh Mosquitto: the router, the member role, and no default that grants anything."""
    refusals = [{"acltype": t, "topic": topic, "priority": 0, "allow": False} for t, topic in _REFUSED_FILTERS]
    kinds = ("publishClientSend", "publishClientReceive", "subscribe", "unsubscribe")
    return {
        "defaultACLAccess": dict.fromkeys(kinds, False),
        "clients": [{"username": "router", "textname": "hongyan router", **hash_password(router_password, salt)}],
        "groups": [],
        "roles": [{"rolename": MEMBER_ROLE, "acls": refusals}],
    }


def hash_password(password: str, salt: bytes) -> dict[str, Any]:
    """A password as the plugin keeps it: PBKDF2 with SHA-512, in base64."""
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS, _KEY_BYTES)
    return {
        "password": base64.b64encode(key).decode(),
        "salt": base64.b64encode(salt).decode(),
        "iterations": _ITERATIONS,
    }
