"""Keeps Mosquitto's accounts equal to the database's: once after every connect, then change by change.

Used by the store thread of the router alone. A lost answer is no harm: the next `reconcile` finds what is missing.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from peewee import Expression

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
    is_done,
    parse_responses,
    plan,
)
from hongyan_core.actions.credentials import mqtt_secret
from hongyan_core.store.database import write_transaction
from hongyan_core.store.models import Account

log = logging.getLogger(__name__)
_PAGE: Final = 500  # clients in one answer
_CHUNK: Final = 20  # commands in one message: Mosquitto serves nobody else meanwhile and rewrites its file for each


class Provisioner:
    """Sends dynamic-security commands and notes their answers in `mqtt_provisioned`.

    Args:
        server_key: Derives the accounts' MQTT secrets.
        send: Publishes a payload on the control topic.
    """

    def __init__(self, server_key: bytes, send: Callable[[bytes], None]) -> None:
        self._server_key = server_key
        self._send = send
        self._known: set[str] = set()  # filled while a reconcile asks page by page
        self._listed = 0
        self._listing = False
        self._waiting: deque[Command] = deque()
        self._sent: set[Command] = set()

    @property
    def busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._listing or bool(self._sent)

    def reconcile(self) -> None:
        """Ask Mosquitto whom it knows, and send what is missing when it has answered; start afresh."""
        self._known.clear()
        self._waiting.clear()
        self._sent.clear()
        self._listed = 0
        self._listing = True
        self._send(encode_list_clients(0, _PAGE))

    def provision(self, name: str) -> None:
        """The account is new, or its generation or state has changed."""
        for state in read_states(Account.name == name):
            self._add(decide(state, known=state.provisioned > 0))
        self._send_more()

    def handle_response(self, payload: bytes) -> None:
        """What came on the response topic."""
        for response in parse_responses(payload):
            if isinstance(response, ClientPage):
                self._handle_page(response)
            else:
                self._handle_answer(response)
        self._send_more()

    def _handle_page(self, page: ClientPage) -> None:
        self._known.update(page.members)
        self._listed += page.listed
        if page.listed and self._listed < page.total:
            self._send(encode_list_clients(self._listed, _PAGE))
            return
        for command in plan(read_states(), self._known):
            self._add(command)
        self._known.clear()
        self._listing = False

    def _handle_answer(self, answer: Answer) -> None:
        another = follow_up(answer)
        self._add(another)
        if is_done(answer):
            mark_provisioned(answer.command)
        elif another is None:
            log.error("Mosquitto refused %s of %s: %s", answer.command.verb, answer.command.account, answer.error)
        self._sent.discard(answer.command)

    def _add(self, command: Command | None) -> None:
        # Twice the same would disconnect the account twice.
        if command is not None and command not in self._sent and command not in self._waiting:
            self._waiting.append(command)

    def _send_more(self) -> None:
        if self.busy or not self._waiting:
            return
        commands = [self._waiting.popleft() for _ in range(min(_CHUNK, len(self._waiting)))]
        self._sent.update(commands)
        self._send(encode_commands(commands, self._password))

    def _password(self, name: str, generation: int) -> str:
        return mqtt_secret(Account(name=name, mqtt_generation=generation), self._server_key)


def read_states(condition: Expression | None = None) -> Iterator[AccountState]:
    """What the database says of all accounts, or of those that fit the condition."""
    fields = (
        Account.name,
        Account.mqtt_generation,
        Account.mqtt_provisioned,
        Account.disabled_at_ms,
        Account.deleted_at_ms,
    )
    query = Account.select(*fields)
    for account in query if condition is None else query.where(condition):
        active = account.disabled_at_ms is None and account.deleted_at_ms is None
        yield AccountState(account.name, account.mqtt_generation, account.mqtt_provisioned, active)


def mark_provisioned(command: Command) -> None:
    """Note what Mosquitto now knows; `/mqtt-token` waits for it."""
    generation = 0 if command.verb is Verb.DELETE else command.generation
    with write_transaction():
        Account.update(mqtt_provisioned=generation).where(Account.name == command.account).execute()
