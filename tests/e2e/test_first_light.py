"""The one scenario: people, a device and a program in one conversation, on the embedded broker and on Mosquitto."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.browser import Person, Seen, open_chromium
from tests.support.deployment import Deployment
from tests.support.people import PASSWORD, Listening, Participant, befriend, mosquitto_pub, participant, register
from tests.support.waiting import wait_for

FOREVER = 2**53 - 1
# Pages and programs try again after 15 s and more, the longer a server is away; what they say to a broker whose router
# is not back yet, they say again 15 s later.
BACK_AGAIN_MS = 45_000
TRAFFIC = [f"message {number}" for number in range(1, 31)]


@contextlib.contextmanager
def readme_bot(url: str, token: str, folder: Path) -> Iterator[None]:
    """The bot that stands in the README, as a program of its own."""
    (code,) = re.findall(r"```python\n(from hongyan.*?)```", Path("README.md").read_text(), re.DOTALL)
    assert len(code.strip().splitlines()) <= 12
    program = folder / "bot.py"
    program.write_text(code.replace("http://localhost:8000", url).replace("hy_...", token))
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen([sys.executable, program], cwd=folder, stdout=output, stderr=output)
        try:
            yield
            output.seek(0)
            assert process.poll() is None, output.read().decode()
        finally:
            process.terminate()
            process.wait(10)


@pytest.mark.timeout(300)
def test_people_a_device_and_a_program_in_one_conversation(deployment: Deployment, tmp_path: Path) -> None:
    echo, thermo = register(deployment.url, "echo", "Echo"), register(deployment.url, "thermo", "Thermometer")
    with open_chromium() as chromium, readme_bot(deployment.url, echo.token, tmp_path):
        cable = deployment.lay_cable()
        ann = Person(chromium, deployment.lay_cable().url)
        bob = Person(chromium, cable.url, locale="zh-CN", width=390, height=844)
        become_friends(ann, bob)
        chat_both_ways(ann, bob)
        make_the_group(deployment, ann, echo, thermo)
        meet_in_the_group(deployment, ann, bob, thermo)
        silence_the_device(deployment, ann, bob, thermo)
        bob.open_conversation("user/ann")
        ann.open_conversation("user/bob")
        cable.cut()
        miss_three_messages(ann, bob)
        cable.mend()
        have_exactly_those_three(bob)
        refuse_a_blocked_message(ann, bob)
        ann.open_conversation("group/lab")
        survive_a_kill(deployment, ann, bob)
        for person in (ann, bob):
            person.close()
    assert_the_bot_answered_each_message_once(deployment)


def become_friends(ann: Person, bob: Person) -> None:
    ann.sign_up("ann", PASSWORD, display_name="Ann")
    bob.sign_up("bob", PASSWORD, display_name="小波")
    ann.add_friend("bob", "It is me, Ann")
    bob.accept("ann")
    ann.wait_for_friend("bob")


def chat_both_ways(ann: Person, bob: Person) -> None:
    ann.open_conversation("user/bob")
    bob.open_conversation("user/ann")
    ann.send("Hello Bob")
    ann.wait_for_progress("Hello Bob", "sent")
    bob.wait_for_text("Hello Bob")
    bob.send("你好，安")
    ann.wait_for_text("你好，安")
    for person in (ann, bob):
        person.wait_for_texts(["Hello Bob", "你好，安"])


def make_the_group(deployment: Deployment, ann: Person, echo: Participant, thermo: Participant) -> None:
    for device in (echo, thermo):
        befriend(device, participant(deployment.url, "ann"))
    ann.create_group("lab", "The lab", ["bob", "echo", "thermo"])


def meet_in_the_group(deployment: Deployment, ann: Person, bob: Person, thermo: Participant) -> None:
    expected = ["21.5", "You said: 21.5", "暖和", "You said: 暖和"]
    ann.open_conversation("group/lab")
    bob.open_conversation("group/lab")
    with tempfile.TemporaryFile() as output:
        listening = Listening(deployment.mqtt_port, thermo, "im/thermo/inbox/#", output)
        try:
            mosquitto_pub(deployment.mqtt_port, thermo, "im/thermo/send/group/lab", "21.5")
            for person in (ann, bob):
                person.wait_for_texts(expected[:2])
            bob.send("暖和")
            for person in (ann, bob):
                person.wait_for_texts(expected)
            wait_for(lambda: "You said: 暖和" in "".join(listening.lines()), what="the answer at the device")
            assert all(line.startswith("im/thermo/inbox/group/lab {") for line in listening.lines())
        finally:
            listening.end()
    assert [(seen.sender, seen.text) for seen in ann.messages()] == [
        ("thermo", "21.5"),
        ("echo", "You said: 21.5"),
        ("bob", "暖和"),
        ("echo", "You said: 暖和"),
    ]
    shown = ann.find("messages").inner_text()
    assert all(name in shown for name in ("Thermometer", "Echo", "小波"))
    assert len(re.findall(r"\b\d{1,2}:\d{2}\b", shown)) >= 1


def silence_the_device(deployment: Deployment, ann: Person, bob: Person, thermo: Participant) -> None:
    """What changes in the group is a line in each one's language, and holds from the next message on."""
    owner = participant(deployment.url, "ann")
    change_member(owner, "thermo", {"muted_until": FOREVER})
    mosquitto_pub(deployment.mqtt_port, thermo, "im/thermo/send/group/lab", "nobody hears this")
    change_member(owner, "thermo", {"muted_until": 0})
    mosquitto_pub(deployment.mqtt_port, thermo, "im/thermo/send/group/lab", "and this they hear")
    for person in (ann, bob):
        person.wait_for_text("You said: and this they hear")
        assert "nobody hears this" not in person.texts()
    lines = {person: person.find("messages").inner_text() for person in (ann, bob)}
    assert "Ann muted Thermometer" in lines[ann]
    assert "Ann 将 Thermometer 禁言" in lines[bob]


def change_member(owner: Participant, name: str, change: dict[str, object]) -> None:
    """What the library does not offer: a change of a member of lab by the owner."""
    request = urllib.request.Request(
        f"{owner.api.url}/api/v1/groups/lab/members/{name}",
        json.dumps(change).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {owner.token}"},
        method="PATCH",
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 204


def miss_three_messages(ann: Person, bob: Person) -> None:
    bob.find("reconnecting").wait_for()
    for text in ("one", "two", "three"):
        ann.send(text)
        ann.wait_for_progress(text, "sent")


def have_exactly_those_three(bob: Person) -> None:
    bob.find("reconnecting").wait_for(state="detached")
    bob.wait_for_texts(["Hello Bob", "你好，安", "one", "two", "three"])


def refuse_a_blocked_message(ann: Person, bob: Person) -> None:
    bob.block("ann")
    ann.send("Are you there?")
    ann.wait_for_progress("Are you there?", "failed")
    assert "They do not accept messages or requests from you." in ann.failure()
    assert ann.texts()[-2:] == ["three", "Are you there?"]
    bob.open_conversation("user/ann")
    assert bob.texts() == ["Hello Bob", "你好，安", "one", "two", "three"]


def survive_a_kill(deployment: Deployment, ann: Person, bob: Person) -> None:
    """SIGKILL amid traffic: what was marked as sent is there, once and in order; the rest arrives after the restart."""
    bob.open_conversation("group/lab")
    for text in TRAFFIC[:20]:
        ann.send(text)
    ann.wait_for_progress(TRAFFIC[5], "sent")
    deployment.kill()
    marked = [seen.text for seen in ann.messages() if _is_sent(seen)]
    for text in TRAFFIC[20:]:
        ann.send(text)
    deployment.start()
    ann.wait_for_progress(TRAFFIC[-1], "sent", patience_ms=BACK_AGAIN_MS)
    messages = participant(deployment.url, "ann").api.history("group/lab", limit=200).messages
    mine = [message.body for message in messages if message.sender == "ann" and message.kind == "text"]
    assert set(marked) <= set(mine)
    assert mine == TRAFFIC
    assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
    for person in (ann, bob):
        person.wait_for_text(f"You said: {TRAFFIC[-1]}", patience_ms=BACK_AGAIN_MS)
        assert [seen.text for seen in person.messages() if seen.sender == "ann"] == TRAFFIC


def _is_sent(seen: Seen) -> bool:
    return seen.sender == "ann" and seen.progress in ("sent", "read")


def assert_the_bot_answered_each_message_once(deployment: Deployment) -> None:
    api = participant(deployment.url, "ann").api
    asked = ["21.5", "暖和", "and this they hear", *TRAFFIC]

    def answers() -> list[str]:
        return [m.body for m in api.history("group/lab", limit=200).messages if m.sender == "echo"]

    wait_for(lambda: len(answers()) >= len(asked), what="all answers of the bot")
    assert answers() == [f"You said: {text}" for text in asked]
