"""One network connection: waiting for CONNECT → authenticating → open → closed.

Packets are handled strictly in order. While a password, a SUBSCRIBE or too many publishes are being decided the rest of
the bytes waits and the driver stops reading (`paused`), so a client costs what its packets cost.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from hongyan.limits import Limits
from hongyan_broker.plane import packets
from hongyan_broker.plane.events import Identity, Resumed
from hongyan_broker.plane.packets import (
    Connect,
    Disconnect,
    Packet,
    Pingreq,
    ProtocolError,
    Puback,
    Pubcomp,
    Publish,
    Pubrec,
    Pubrel,
    Subscribe,
    UnexpectedPacket,
    Unsubscribe,
    UnsupportedLevel,
    Will,
)

if TYPE_CHECKING:
    from hongyan_broker.plane.plane import Plane
    from hongyan_broker.plane.session import Session

MAX_CLIENT_ID_CHARS: Final = 256
KEEP_ALIVE_FACTOR: Final = 1.5  # [MQTT-3.1.2-24]

# CONNACK return codes (section 3.2.2.3). 3 also says that the account has too many sessions: it may try again later.
ACCEPTED, BAD_LEVEL, BAD_CLIENT_ID, UNAVAILABLE, BAD_CREDENTIALS, NOT_AUTHORISED = range(6)


class State(Enum):
    """Where a connection stands."""

    CONNECTING = auto()
    AUTHENTICATING = auto()
    OPEN = auto()
    CLOSED = auto()


# Members of an enum cost 0.1 us to look up, each time.
_OPEN: Final = State.OPEN
_CLOSED: Final = State.CLOSED


class Connection:
    """The server's end of one client's connection. `address` is the peer's, for limits and logs."""

    __slots__ = (
        "_congested_s",
        "_heard_s",
        "_keep_alive_s",
        "_limits",
        "_parser",
        "_plane",
        "_waiting",
        "address",
        "clean_session",
        "client_id",
        "close_reason",
        "held",
        "identity",
        "opened_s",
        "output",
        "output_bytes",
        "session",
        "socket_bytes",
        "state",
        "undecided",
        "undecided_bytes",
        "will",
    )  # no __dict__: ten thousand of them idle

    def __init__(self, plane: Plane, address: str, limits: Limits) -> None:
        self.address = address
        self.state = State.CONNECTING
        self.client_id = ""
        self.clean_session = True
        self.identity: Identity | None = None
        self.session: Session | None = None
        self.will: Will | None = None
        self.socket_bytes = 0  # what the driver's socket still holds
        self.output: list[bytes] = []
        self.held = False  # do not read the socket until a `Resumed` event says so
        self.close_reason = ""
        self._plane = plane
        self._limits = limits
        self._parser = packets.Parser(min(limits.max_connect_bytes, limits.max_packet_bytes))
        self.output_bytes = 0
        self._keep_alive_s = 0
        self.opened_s = plane.now_s
        self._heard_s = plane.now_s
        self._congested_s: float | None = None
        self.undecided: list[float] = []  # when each publish without a decision came; an empty deque takes 624 bytes
        self.undecided_bytes = 0  # of their payloads
        self._waiting = False  # for the answer to a SUBSCRIBE or UNSUBSCRIBE

    # What the driver calls

    def receive(self, chunk: bytes) -> None:
        """Take bytes from the socket and handle every whole packet in them."""
        if self.state is not State.CLOSED:
            self._parser.feed(chunk)
            self.process()

    def _is_paused(self) -> bool:
        return (
            self.state is State.AUTHENTICATING
            or self._waiting
            or len(self.undecided) >= self._limits.max_unacked_publishes
            or self.undecided_bytes >= self._limits.max_unacked_bytes
            or self.is_congested()
        )

    def take_output(self) -> bytes:
        """Everything to write, joined."""
        data = b"".join(self.output)
        self.output.clear()
        self.output_bytes = 0
        return data

    # What the plane calls

    @property
    def max_packet_bytes(self) -> int:
        """How long the next packet may be: little before the CONNECT is accepted."""
        return self._parser.max_packet_bytes

    def open(self, session: Session) -> None:
        """The client is in: its packets may be as long as any."""
        self.session = session
        self.state = State.OPEN
        self._parser.max_packet_bytes = self._limits.max_packet_bytes

    def process(self) -> None:
        """Handle the packets that wait, as far as nothing pauses the connection."""
        try:
            while self.state is not State.CLOSED and not self._is_paused():
                if self._take_express() and (self._parser.is_drained() or self._is_paused()):
                    break
                packet = self._parser.next_packet()
                if packet is None:
                    break
                self._heard_s = self._plane.now_s
                self._handle(packet)
        except UnsupportedLevel as problem:
            self.send(packets.encode_connack(BAD_LEVEL))  # [MQTT-3.1.2-2]
            self._plane.close(self, str(problem))
        except ProtocolError as problem:
            self._plane.close(self, str(problem))  # without a CONNACK too [MQTT-3.1.4-1] [MQTT-4.8.0-1]
        was_held, self.held = self.held, self.state is not State.CLOSED and self._is_paused()
        if was_held and not self.held:
            self._plane.emit(Resumed(self))

    def _take_express(self) -> bool:
        express, session = self._plane.road.express, self.session
        if express is None or session is None or self.state is not State.OPEN:
            return False
        data, at = self._parser.peek()
        end = express.take(self, session, data, at)
        if end > at:
            self._parser.skip_to(end)
            self._heard_s = self._plane.now_s
        return end > at

    def is_congested(self) -> bool:
        """Whether the client reads so slowly that nothing more may be queued for it."""
        return self.output_bytes + self.socket_bytes > self._limits.max_output_bytes

    def await_decision(self, size: int = 0) -> None:
        """A publish with a payload of this size waits for its decision: `decided` will come, in order."""
        self.undecided.append(self._plane.now_s)
        self.undecided_bytes += size

    def has_undecided(self) -> bool:
        """Whether a decision is awaited; what is acknowledged later must wait behind it."""
        return bool(self.undecided)

    def decided(self, qos: int, packet_id: int | None, size: int = 0) -> None:
        """Acknowledge the oldest publish that awaits it [MQTT-4.6.0-2] [MQTT-4.6.0-3]."""
        del self.undecided[0]
        self.undecided_bytes -= size
        if packet_id is not None:
            self.acknowledge(qos, packet_id)

    def acknowledge(self, qos: int, packet_id: int | None) -> None:
        """Send PUBACK or PUBREC for a publish, nothing for QoS 0.

        [MQTT-2.3.1-6] [MQTT-3.3.4-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2]
        """
        if packet_id is None or self.state is not _OPEN:
            return
        if qos == 1:
            self.send(packets.encode_puback(packet_id))
            return
        if self.session is not None:
            self.session.inbound.decided(packet_id)
        self.send_pubrec(packet_id)

    def await_answer(self) -> None:
        """What follows in the stream waits until `answered`."""
        self._waiting = True

    def answered(self, answer: bytes) -> None:
        """Send a SUBACK or UNSUBACK and go on with what waited behind it."""
        waited, self._waiting = self._waiting, False
        self.send(answer)
        if waited:
            self.process()

    def overdue(self, now_ms: int) -> str:
        """Why the connection must be closed now; empty if it need not."""
        limits, now_s = self._limits, self._plane.now_s
        self._congested_s = (self._congested_s or now_s) if self.is_congested() else None
        if self.state is not State.OPEN:
            return "no CONNECT in time" if now_s - self.opened_s > limits.connect_timeout_s else ""
        if self.identity and (self.identity.expires_at_ms or now_ms + 1) <= now_ms:
            return "the token has expired"
        if self.undecided and now_s - self.undecided[0] > limits.store_stall_close_s:
            return "the store cannot write"
        if self._congested_s is not None and now_s - self._congested_s > limits.store_stall_close_s:
            return "the client does not read"
        silent_s = now_s - self._heard_s
        if self._keep_alive_s and not self.held and silent_s > self._keep_alive_s * KEEP_ALIVE_FACTOR:
            return "keep alive"  # [MQTT-3.1.2-24]
        return ""

    def send(self, data: bytes) -> None:
        """Put bytes into the output of this turn."""
        if self.state is not _CLOSED:
            self.output.append(data)
            self.output_bytes += len(data)
            self._plane.dirty[self] = None

    def send_connack(self, return_code: int, *, session_present: bool = False) -> None:
        """Answer the CONNECT."""
        self.send(packets.encode_connack(return_code, session_present=session_present))

    def send_publish(
        self, topic: str, payload: bytes, qos: int, packet_id: int = 0, *, dup: bool = False, retain: bool = False
    ) -> None:
        """Deliver an application message."""
        self.send(packets.encode_publish(topic.encode(), payload, qos, packet_id, dup=dup, retain=retain))

    def send_pubrec(self, packet_id: int) -> None:
        """A QoS 2 message has arrived."""
        self.send(packets.encode_pubrec(packet_id))

    def send_pubrel(self, packet_id: int) -> None:
        """A QoS 2 message will not be sent again."""
        self.send(packets.encode_pubrel(packet_id))

    def send_pubcomp(self, packet_id: int) -> None:
        """The packet identifier of a QoS 2 message is free."""
        self.send(packets.encode_pubcomp(packet_id))

    # One function a packet

    def _handle(self, packet: Packet) -> None:
        if isinstance(packet, Connect):
            return self.handle_connect(packet)
        session = self.session
        if self.state is not State.OPEN or session is None:
            raise UnexpectedPacket("the first packet must be a CONNECT [MQTT-3.1.0-1]")
        match packet:
            case Publish():
                self._plane.road.publish(self, packet, session)
            case Puback():
                self.handle_puback(packet, session)
            case Pubrec():
                self._plane.road.release(self, session, packet.packet_id)
            case Pubrel():
                self._plane.road.complete(self, session, packet.packet_id)
            case Pubcomp():
                self.handle_pubcomp(packet, session)
            case Pingreq():
                self.send(packets.PINGRESP)  # [MQTT-3.12.4-1]
            case Subscribe():
                self._plane.road.ask_filters(self, packet)
            case Unsubscribe():
                self.handle_unsubscribe(packet, session)
            case Disconnect():
                self.handle_disconnect()
        return None

    def handle_connect(self, packet: Connect) -> None:
        """Begin to sign in: nothing of any session is touched before the password is right [MQTT-3.1.4-3]."""
        if self.state is not State.CONNECTING:
            raise UnexpectedPacket("a second CONNECT [MQTT-3.1.0-2]")
        self.state = State.AUTHENTICATING
        self.client_id = packet.client_id or self._plane.new_id()  # [MQTT-3.1.3-6]
        self.clean_session = packet.clean_session
        self._keep_alive_s = packet.keep_alive_s
        self.will = packet.will
        if not packet.client_id and not packet.clean_session:
            self._plane.refuse(self, BAD_CLIENT_ID)  # [MQTT-3.1.3-7] [MQTT-3.1.3-8]
        elif len(packet.client_id) > MAX_CLIENT_ID_CHARS:
            self._plane.refuse(self, BAD_CLIENT_ID)  # [MQTT-3.1.3-9]
        else:
            self._plane.road.sign_in(self, packet)

    def handle_puback(self, packet: Puback, session: Session) -> None:
        """Advance the session, which may make room for more."""
        session.acknowledge(packet.packet_id)
        self._plane.pump(session)

    def handle_pubcomp(self, packet: Pubcomp, session: Session) -> None:
        """End the delivery of a QoS 2 message, which may make room for more."""
        session.complete(packet.packet_id)
        self._plane.pump(session)

    def handle_disconnect(self) -> None:
        """Leave without a will [MQTT-3.1.2-10] [MQTT-3.14.4-3]."""
        self.will = None
        self._plane.close(self, "DISCONNECT")

    def handle_unsubscribe(self, packet: Unsubscribe, session: Session) -> None:
        """Nothing new is sent for these filters from here on [MQTT-3.10.4-2]."""
        removed = tuple(f for f in packet.filters if self._plane.unsubscribe(session, f))
        answer = packets.encode_unsuback(packet.packet_id)  # unknown filters too [MQTT-3.10.4-4] [MQTT-3.10.4-5]
        self._plane.road.keep_subscriptions(self, session, (), removed, answer)
