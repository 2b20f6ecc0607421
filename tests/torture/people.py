"""Senders and receivers that live through kills, and write down what they see."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Final

from hongyan.api import Api
from hongyan.errors import ApiError, NotConnected
from tests.hongyan_broker.wire import DISCONNECT, Publish, puback, publish
from tests.support.people import Participant
from tests.torture.judge import Name, Place, ReceiverEvidence, Seen, SenderEvidence
from tests.torture.line import Line, Lost, conversation_key, stamp_of

WINDOW: Final = 100  # messages of one sender that wait for their stamp
_TURN_S: Final = 0.01
_RETRY_S: Final = 0.05
_PATIENCE_S: Final = 5.0  # a stamp that takes longer: reconnect and resend
_PAGE: Final = 200


class Person:
    """Connects again and again until told to stop."""

    clean = True

    def __init__(self, who: Participant, port: int) -> None:
        self.who = who
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()
        self._port = port
        self._connects = 0

    async def live(self) -> None:
        """Until `stopping` is set and nothing is left to do."""
        while not self.is_done():
            try:
                line = await self._open()
            except Lost:
                await asyncio.sleep(_RETRY_S)
                continue
            try:
                await self._talk(line)
            except Lost:
                await asyncio.sleep(_RETRY_S)
            finally:
                line.cut()

    def is_done(self) -> bool:
        """Whether it may go home."""
        return self.stopping.is_set()

    async def _open(self) -> Line:
        self._connects += 1
        name = f"{self.who.name}-torture-{self._connects}" if self.clean else f"{self.who.name}-torture"
        return await Line.open(self._port, name, self.who.name, self.who.mqtt_password, clean=self.clean)

    async def _talk(self, line: Line) -> None:
        raise NotImplementedError


class Sender(Person):
    """Sends numbered messages at `rate`, and after each reconnect again what has no receipt, with the same ids.

    Args:
        targets: `user/bob` or `group/lab`, in turn.
        trusts_puback: Takes PUBACK for the receipt, as the embedded broker promises; else the stamp only.
    """

    def __init__(
        self, who: Participant, port: int, targets: tuple[str, ...], *, rate: float, trusts_puback: bool
    ) -> None:
        super().__init__(who, port)
        self.evidence = SenderEvidence(who.name)
        self._targets = targets
        self._rate = rate
        self._trusts_puback = trusts_puback
        self._waiting: dict[str, str] = {}  # message id → target, oldest first
        self._packets: dict[int, str] = {}
        self._credit = 0.0
        self._progress_s = 0.0

    def is_done(self) -> bool:
        return self.stopping.is_set() and not self._waiting

    async def _talk(self, line: Line) -> None:
        me, loop = self.who.name, asyncio.get_running_loop()
        await line.subscribe(f"im/{me}/sent/#", f"im/{me}/notice")
        self.ready.set()
        self._packets.clear()
        for message_id, target in self._waiting.items():
            self._publish(line, message_id, target)
        self._progress_s = last_s = loop.time()
        while not self.is_done():
            for packet in await line.read(_TURN_S):
                self._handle(line, packet)
            now_s = loop.time()
            self._credit += (now_s - last_s) * self._rate
            last_s = now_s
            if not self.stopping.is_set():
                self._send_more(line)
            if self._waiting and now_s > self._progress_s + _PATIENCE_S:
                raise Lost("no stamp")
        line.send(DISCONNECT)

    def flood(self, count: int) -> None:
        """Send that many as fast as the window allows, from the next turn on."""
        self._credit = max(self._credit, 0) + count

    def _send_more(self, line: Line) -> None:
        while self._credit >= 1 and len(self._waiting) < WINDOW:
            self._credit -= 1
            number = len(self.evidence.sent) + 1
            message_id, target = f"{self.who.name}-{number}", self._targets[number % len(self._targets)]
            self._waiting[message_id] = target
            self.evidence.sent[message_id] = _key(self.who.name, target)
            self._publish(line, message_id, target)

    def _publish(self, line: Line, message_id: str, target: str) -> None:
        packet_id = len(self._packets) % 65_535 + 1
        self._packets[packet_id] = message_id
        body = {"id": message_id, "kind": "text", "body": f"鸿雁 {message_id}"}
        line.send(publish(f"im/{self.who.name}/send/{target}", json.dumps(body).encode(), packet_id))

    def _handle(self, line: Line, packet: bytes) -> None:
        loop_s = asyncio.get_running_loop().time()
        if packet[0] >> 4 == 4:
            self.evidence.acknowledged += 1
            message_id = self._packets.get(int.from_bytes(packet[2:4], "big"), "")
            if self._trusts_puback and self._waiting.pop(message_id, None):
                self._progress_s = loop_s
            return
        got = Publish(packet)
        if got.qos:
            line.send(puback(got.packet_id))
        if got.topic.endswith("/notice"):
            if json.loads(got.payload)["type"] == "rejected":
                self.evidence.refusals.append(got.payload.decode())
            return
        seq, sender, message_id = stamp_of(got)
        self.evidence.stamps.append(Seen(Place(conversation_key(self.who.name, got), seq), Name(sender, message_id)))
        if self._waiting.pop(message_id, None):
            self._progress_s = loop_s


class Receiver(Person):
    """What both kinds have in common: each connection's deliveries are one list."""

    def __init__(self, who: Participant, port: int, conversations: tuple[str, ...], *, persistent: bool) -> None:
        super().__init__(who, port)
        self.evidence = ReceiverEvidence(who.name, persistent, conversations)
        self.got: dict[str, set[int]] = {conversation: set() for conversation in conversations}

    def _note(self, got: Publish, into: list[Seen]) -> None:
        seq, sender, message_id = stamp_of(got)
        place = Place(conversation_key(self.who.name, got), seq)
        self.got[place.conversation].add(seq)
        into.append(Seen(place, Name(sender, message_id), got.dup))


class Screen(Receiver):
    """A live client: a clean session, and after each connect the history tells what it has missed."""

    def __init__(self, who: Participant, port: int, conversations: tuple[str, ...]) -> None:
        super().__init__(who, port, conversations, persistent=False)

    async def _talk(self, line: Line) -> None:
        await line.subscribe(f"im/{self.who.name}/inbox/#")
        deliveries: list[Seen] = []
        self.evidence.connections.append(deliveries)
        self.ready.set()
        await self._catch_up()
        while not self.is_done():
            for packet in await line.read(_TURN_S * 10):
                got = Publish(packet)
                self._note(got, deliveries)
                line.send(puback(got.packet_id))
        line.send(DISCONNECT)

    async def _catch_up(self) -> None:
        try:
            for conversation, seen in self.got.items():
                after = next(seq for seq in range(len(seen) + 1) if seq + 1 not in seen)
                await asyncio.to_thread(self._read_history, self.who.api, conversation, after)
        except (NotConnected, ApiError) as problem:
            raise Lost(str(problem)) from problem

    def _read_history(self, api: Api, conversation: str, after: int) -> None:
        while True:
            page = api.history(_path(self.who.name, conversation), after=after, limit=_PAGE)
            for message in page.messages:
                place = Place(conversation, message.seq)
                self.evidence.history.append(Seen(place, Name(message.sender, message.id)))
                self.got[conversation].add(message.seq)
            if not page.messages or page.messages[-1].seq >= page.last_seq:
                return
            after = page.messages[-1].seq


class Lamp(Receiver):
    """A device: a persistent session and nothing else; acknowledges in order but late, and drops its line at times."""

    clean = False

    def __init__(self, who: Participant, port: int, conversations: tuple[str, ...], random: Random) -> None:
        super().__init__(who, port, conversations, persistent=True)
        self._random = random

    async def _talk(self, line: Line) -> None:
        if self.ready.is_set() and not line.present:
            self.evidence.sessions_lost += 1
        deliveries: list[Seen] = []
        self.evidence.connections.append(deliveries)
        if not line.present:
            await line.subscribe(f"im/{self.who.name}/inbox/#")
        self.ready.set()
        unacknowledged: list[int] = []
        while not self.is_done():
            packets = await line.read(_TURN_S * 5)
            for packet in packets:
                got = Publish(packet)
                self._note(got, deliveries)
                unacknowledged.append(got.packet_id)
            count = self._random.randint(0, len(unacknowledged)) if packets else len(unacknowledged)
            line.send(*map(puback, unacknowledged[:count]))
            del unacknowledged[:count]
            if unacknowledged and self._random.random() < 0.005:
                raise Lost("the device has lost its network")
        line.send(*map(puback, unacknowledged), DISCONNECT)


def _key(me: str, target: str) -> str:
    kind, _, name = target.partition("/")
    return f"group:{name}" if kind == "group" else "user:" + ":".join(sorted((me, name)))


def _path(me: str, conversation: str) -> str:
    kind, *names = conversation.split(":")
    return f"{kind}/{next(name for name in names if name != me)}"
