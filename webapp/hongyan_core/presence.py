"""Who is online, from what each of their devices says: pure state, no clock and no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from hongyan_core.intake import StatusState

LEASE_MS: Final = 150_000  # clients repeat their status every 60 s; two may be lost
VisibleState = Literal["online", "away", "busy", "offline"]
# What one person's devices say together: the first of these that any of them says.
_PRECEDENCE: Final[tuple[VisibleState, ...]] = ("busy", "online", "away")


@dataclass(frozen=True, slots=True)
class Device:
    """The last word of a device that is not offline."""

    state: StatusState
    text: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Visible:
    """What friends may see of a person."""

    state: VisibleState = "offline"
    text: str = ""


Devices = dict[str, Device]  # by device
HIDDEN: Final = Visible()


def combine(devices: Devices) -> Visible:
    """What friends see: one invisible device hides all, busy wins over online, online over away; the newest text."""
    if not devices:
        return HIDDEN
    if len(devices) == 1:  # nearly everybody; the rest of this takes four times as long
        (only,) = devices.values()
        return HIDDEN if only.state == "invisible" else Visible(only.state, only.text)
    states = {device.state for device in devices.values()}
    if "invisible" in states:
        return HIDDEN
    state = next(state for state in _PRECEDENCE if state in states)
    texts = [device for device in devices.values() if device.text]
    return Visible(state, max(texts, key=lambda device: device.at_ms).text if texts else "")


@dataclass
class People:
    """The devices of everybody who has one that is not offline."""

    by_account: dict[str, Devices] = field(default_factory=dict)
    here: set[int] = field(default_factory=set)  # the ids of the same accounts

    def begin(self, *, max_devices: int) -> PresenceChanges:
        """Begin to change; nothing holds until `keep`."""
        return PresenceChanges(self, max_devices)

    def keep(self, changes: PresenceChanges) -> None:
        """Make the changes of a committed batch hold."""
        for account, devices in changes.changed.items():
            if devices:
                self.by_account[account] = devices
            else:
                self.by_account.pop(account, None)
        for account_id, is_here in changes.here.items():
            (self.here.add if is_here else self.here.discard)(account_id)

    def silent_since(self, at_ms: int) -> list[tuple[str, str]]:
        """(account, device) of those whose last word is from before `at_ms`."""
        return [
            (account, name)
            for account, devices in self.by_account.items()
            for name, device in devices.items()
            if device.at_ms < at_ms
        ]


@dataclass
class PresenceChanges:
    """What one batch changes; dropped with the batch when the database cannot write."""

    people: People
    max_devices: int
    changed: dict[str, Devices] = field(default_factory=dict)
    here: dict[int, bool] = field(default_factory=dict)  # by account id: those whose devices were changed

    def copy(self) -> PresenceChanges:
        """The same changes so far, to go on from."""
        return PresenceChanges(self.people, self.max_devices, dict(self.changed), dict(self.here))

    def devices_of(self, account: str) -> Devices:
        """The devices as this batch has left them."""
        return self.changed.get(account, self.people.by_account.get(account, {}))

    def note(self, account: str, account_id: int) -> None:
        """Remember by its id whether an account whose device has spoken has any left."""
        self.here[account_id] = bool(self.devices_of(account))

    def pick(self, account_ids: set[int]) -> set[int]:
        """Those of the accounts that have a device that is not offline."""
        here = account_ids & self.people.here
        for account_id in self.here.keys() & account_ids:
            (here.add if self.here[account_id] else here.discard)(account_id)
        return here

    def say(self, account: str, name: str, state: StatusState, text: str, at_ms: int) -> Visible | None:
        """Take a device's word; returns what friends see now if that has changed, else None.

        Of more than `max_devices` devices the one that was silent for longest is forgotten.
        """
        before = self.devices_of(account)
        after = {other: device for other, device in before.items() if other != name}
        if state != "offline":
            if len(after) >= self.max_devices:
                del after[min(after, key=lambda other: after[other].at_ms)]
            after[name] = Device(state, text, at_ms)
        self.changed[account] = after
        visible = combine(after)
        return visible if visible != combine(before) else None
