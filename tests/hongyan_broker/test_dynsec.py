from __future__ import annotations

import base64
import json

import pytest

from hongyan_broker.dynsec import (
    AccountState,
    Answer,
    ClientPage,
    Command,
    Verb,
    decide,
    encode_commands,
    encode_list_clients,
    follow_up,
    hash_password,
    initial_state,
    is_done,
    parse_responses,
    plan,
)

PLANS = [
    ("a new account is created", AccountState("ann", 1, 0), False, Command(Verb.CREATE, "ann", 1)),
    ("a known one is left alone", AccountState("ann", 1, 1), True, None),
    ("a revocation sets a new secret", AccountState("ann", 2, 1), True, Command(Verb.SET_PASSWORD, "ann", 2)),
    ("a fresh Mosquitto gets everybody", AccountState("ann", 2, 2), False, Command(Verb.CREATE, "ann", 2)),
    ("after an old backup the secret is set", AccountState("ann", 1, 0), True, Command(Verb.SET_PASSWORD, "ann", 1)),
    ("a disabled account is deleted", AccountState("ann", 3, 3, active=False), True, Command(Verb.DELETE, "ann")),
    ("one that it never knew is not", AccountState("ann", 3, 0, active=False), False, None),
]


@pytest.mark.parametrize(("account", "known", "command"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_an_account_needs_this_command(account: AccountState, known: bool, command: Command | None) -> None:
    assert decide(account, known) == command


def test_a_plan_deletes_members_whom_the_database_does_not_know() -> None:
    accounts = [AccountState("ann", 1, 1), AccountState("bob", 1, 0)]
    assert plan(accounts, {"ann", "mallory"}) == [Command(Verb.CREATE, "bob", 1), Command(Verb.DELETE, "mallory")]


def test_commands_are_what_the_plugin_reads() -> None:
    commands = [Command(Verb.CREATE, "ann", 1), Command(Verb.SET_PASSWORD, "bob", 7), Command(Verb.DELETE, "eve")]
    payload = encode_commands(commands, lambda name, generation: f"secret of {name} {generation}")
    assert json.loads(payload) == {
        "commands": [
            {
                "command": "createClient",
                "username": "ann",
                "password": "secret of ann 1",
                "roles": [{"rolename": "member"}],
                "correlationData": "ann 1",
            },
            {
                "command": "setClientPassword",
                "username": "bob",
                "password": "secret of bob 7",
                "correlationData": "bob 7",
            },
            {"command": "deleteClient", "username": "eve", "correlationData": "eve 0"},
        ]
    }
    assert json.loads(encode_list_clients(500, 250)) == {
        "commands": [{"command": "listClients", "verbose": True, "offset": 500, "count": 250}]
    }


def test_answers_name_the_command_that_they_answer() -> None:
    payload = b"""{"responses": [
        {"command": "createClient", "correlationData": "ann 1"},
        {"command": "setClientPassword", "correlationData": "bob 7", "error": "Client not found"}]}"""
    assert parse_responses(payload) == [
        Answer(Command(Verb.CREATE, "ann", 1)),
        Answer(Command(Verb.SET_PASSWORD, "bob", 7), "Client not found"),
    ]


def test_a_page_of_clients_names_the_members_only() -> None:
    payload = b"""{"responses": [{"command": "listClients", "data": {"totalCount": 9, "clients": [
        {"username": "ann", "roles": [{"rolename": "member"}], "groups": []},
        {"username": "router", "roles": [], "groups": []}]}}]}"""
    assert parse_responses(payload) == [ClientPage(("ann",), 2, 9)]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"responses": 5}',
        b"\xff",
        b'{"responses": [5]}',
        b'{"responses": [{"command": "listClients", "error": "?"}]}',
        b'{"responses": [{"command": "listClients", "data": {"totalCount": 1, "clients": ["ann"]}}]}',
        b'{"responses": [{"command": "createClient"}]}',
        b'{"responses": [{"command": "createRole", "correlationData": "ann 1"}]}',
        b'{"responses": [{"command": "createClient", "correlationData": "an operator\'s"}]}',
    ],
)
def test_answers_that_are_not_ours_are_left_out(payload: bytes) -> None:
    assert parse_responses(payload) == []


def test_what_mosquitto_knew_already_is_corrected_by_the_other_command() -> None:
    create, set_password = Command(Verb.CREATE, "ann", 4), Command(Verb.SET_PASSWORD, "ann", 4)
    assert follow_up(Answer(create, "Client already exists")) == set_password
    assert follow_up(Answer(set_password, "Client not found")) == create
    assert follow_up(Answer(create, "Internal error")) is None
    assert follow_up(Answer(create)) is None


def test_only_what_is_true_now_counts_as_done() -> None:
    assert is_done(Answer(Command(Verb.CREATE, "ann", 4)))
    assert is_done(Answer(Command(Verb.DELETE, "ann"), "Client not found"))
    assert not is_done(Answer(Command(Verb.CREATE, "ann", 4), "Client already exists"))


def test_a_password_is_hashed_as_mosquitto_does() -> None:
    # What `mosquitto_ctrl dynsec init` of 2.0.11 wrote for this password.
    salt = base64.b64decode("AV2Um4fRI3cYsRda")
    assert hash_password("correct horse", salt) == {
        "password": "kF4Afsa7r0B8YWV/hUkDjmhdjrpofYcO358vlS/eEkGIqZwRe0m2Bftow/i89pU0FVXL3vGswt4aB6HokQK/bw==",
        "salt": "AV2Um4fRI3cYsRda",
        "iterations": 101,
    }


def test_a_fresh_plugin_grants_nothing_by_default() -> None:
    state = initial_state("secret", b"saltsaltsalt")
    assert state["defaultACLAccess"] == {
        "publishClientSend": False,
        "publishClientReceive": False,
        "subscribe": False,
        "unsubscribe": False,
    }
    assert [client["username"] for client in state["clients"]] == ["router"]
    assert all(acl["allow"] is False for role in state["roles"] for acl in role["acls"])
