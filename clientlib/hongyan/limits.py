"""The bounds that client, exchange and brokers agree upon; docs/limits.md lists them with their reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

MAX_MESSAGE_ID_CHARS: Final = 64
MAX_PAYLOAD_BYTES: Final = 65_536  # of a client's envelope, before the stamp
MAX_TOPIC_LEVELS: Final = 16
MAX_EXTERNAL_MEMBERS: Final = 1_000  # of a group on an external broker: one publish a member and message
MAX_NESTING: Final = 32  # levels of JSON inside an envelope
MAX_REACTIONS: Final = 20  # different ones of one account to one message
MAX_PINS: Final = 50  # in a conversation
MAX_CARDS: Final = 20  # of one account in a conversation
MAX_SCHEDULED: Final = 100  # messages of one account that wait for their time
MIN_INT: Final = -(2**63)
MAX_INT: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """The settable limits. `lifted()` is what `--limits off` means: for load tests on loopback only."""

    max_payload_bytes: int = MAX_PAYLOAD_BYTES
    max_packet_bytes: int = 262_144  # MQTT packet, fixed header included
    max_connect_bytes: int = 69_632  # the first packet, from whoever comes: the longest will, and 4 KiB
    max_filters: int = 100  # of one session
    max_sessions: int = 20  # of one account, stored and live together
    session_expiry_s: int = 14 * 86_400  # of an idle stored session
    in_flight_window: int = 32  # unacknowledged QoS 1 packets to one session
    max_in_flight_bytes: int = 16_777_216  # of their topics and payloads, where the history does not keep them
    max_queued_packets: int = 1_000  # to one session, beyond the window; as many of what the history keeps
    max_queued_bytes: int = 16_777_216  # of their topics and payloads, and 128 for each packet
    max_total_queued_bytes: int = 268_435_456  # the same of all sessions together
    max_retained_messages: int = 100_000  # on the open road; the exchange retains nothing
    max_retained_bytes: int = 67_108_864  # of their topics and payloads together
    max_unacked_publishes: int = 1_000  # from one connection; beyond it we stop reading its socket
    max_unacked_bytes: int = 16_777_216  # of their payloads
    max_output_bytes: int = 1_048_576  # waiting in one connection's socket buffer, and payloads beyond its window
    connect_timeout_s: float = 10.0
    store_stall_close_s: float = 30.0  # a publish undecided for so long closes its connection
    max_connections: int = 10_000
    max_connections_per_address: int = 200
    messages_per_s: float = 50.0  # sustained, of one account
    messages_burst: int = 200
    max_group_members: int = 100_000  # on an external broker MAX_EXTERNAL_MEMBERS
    recall_window_s: int = 86_400  # so long one may edit and take back what one has sent
    abuse_limits: bool = True  # sign-in throttles and rates of the JSON API

    def lifted(self) -> Self:
        """No limits on rates and on connections of one address, and a wide window; what waits stays bounded."""
        return replace(
            self,
            in_flight_window=1_000,  # what is beyond the window waits, which triples what a delivery costs
            messages_per_s=1e9,
            messages_burst=10**9,
            max_connections_per_address=10**6,
            max_sessions=10**6,
            abuse_limits=False,
        )
