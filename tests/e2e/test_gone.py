"""What was taken back is in no file of the data folder, while the server runs."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.deployment import EmbeddedDeployment, running
from tests.support.leftovers import files_with
from tests.support.people import Participant, befriend, mosquitto_pub, register
from tests.support.waiting import wait_for

WORD = "quetzalcoatlus"  # as the search index writes it, too


@pytest.fixture
def house(tmp_path: Path) -> Iterator[EmbeddedDeployment]:
    with running(EmbeddedDeployment(tmp_path)) as house:
        yield house


def say(port: int, who: Participant, **fields: object) -> None:
    mosquitto_pub(port, who, f"im/{who.name}/send/user/bob", json.dumps(fields))


def find(who: Participant) -> list[int]:
    """The seqs of the messages that are found by the word."""
    request = urllib.request.Request(f"{who.api.url}/api/v1/search?q={WORD}")
    request.add_header("Authorization", f"Bearer {who.token}")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return sorted(result["message"]["seq"] for result in json.load(answer)["results"])


def test_the_bytes_of_what_was_taken_back_are_gone(house: EmbeddedDeployment, tmp_path: Path) -> None:
    data = tmp_path / "data"
    ann, bob = register(house.url, "ann"), register(house.url, "bob")
    befriend(ann, bob)
    say(house.mqtt_port, ann, id="m1", kind="text", body=f"seen: {WORD}")
    say(house.mqtt_port, ann, id="m2", kind="edit", of=1, body=f"{WORD}, {'x' * 500} flying")
    say(house.mqtt_port, ann, id="m3", kind="text", body=f"and once more {WORD}")
    (tmp_path / f"{WORD}.txt").write_text(f"how {WORD} flew")
    file_id = ann.api.upload(tmp_path / f"{WORD}.txt")
    say(house.mqtt_port, ann, id="m4", kind="file", files=[file_id], body="a file")
    wait_for(lambda: any("search" in name for name in files_with(data, WORD)), what="the index to hold the word")
    assert any(name.startswith("files/") for name in files_with(data, WORD))
    assert find(bob) == [1, 3, 4]
    for seq in (1, 3, 4):
        say(house.mqtt_port, ann, kind="recall", of=seq)
    wait_for(lambda: find(bob) == [], what="nothing to be found")
    wait_for(lambda: not files_with(data, WORD), timeout_s=90.0, what="the word to be gone from every file")
