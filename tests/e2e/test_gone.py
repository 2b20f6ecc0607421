"""What was taken back is in no file of the data folder, while the server runs."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.deployment import EmbeddedDeployment
from tests.support.leftovers import files_with
from tests.support.people import Participant, befriend, mosquitto_pub, register
from tests.support.waiting import wait_for

WORD = "Quetzalcoatlus"


def say(port: int, who: Participant, **fields: object) -> None:
    mosquitto_pub(port, who, f"im/{who.name}/send/user/bob", json.dumps(fields))


def test_the_bytes_of_what_was_taken_back_are_gone(tmp_path: Path) -> None:
    house = EmbeddedDeployment(tmp_path)
    try:
        house.start()
        ann, bob = register(house.url, "ann"), register(house.url, "bob")
        befriend(ann, bob)
        say(house.mqtt_port, ann, id="m1", kind="text", body=f"seen: {WORD}")
        say(house.mqtt_port, ann, id="m2", kind="edit", of=1, body=f"{WORD}, {'x' * 500} flying")
        assert files_with(tmp_path / "data", WORD) != []
        say(house.mqtt_port, ann, id="m3", kind="recall", of=1)
        wait_for(
            lambda: files_with(tmp_path / "data", WORD) == [],
            what=f"the word to be gone from {files_with(tmp_path / 'data', WORD)}",
            timeout_s=60.0,
        )
    finally:
        house.close()
