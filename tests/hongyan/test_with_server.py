"""The library against the real server, on both brokers: every promise that a stand-in could only imitate."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from hongyan import ApiError, AsyncClient, Client, Rejected, cli
from tests.support.deployment import EmbeddedDeployment, MosquittoDeployment
from tests.support.waiting import wait_for

EXAMPLES = Path(__file__).parents[2] / "examples"
PASSWORD = "correct horse battery"


def post(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


@pytest.fixture(scope="module", params=[EmbeddedDeployment, MosquittoDeployment], ids=lambda kind: kind.name)
def server(request, tmp_path_factory):
    server = request.param(tmp_path_factory.mktemp(request.param.name), "--limits", "off")
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def tokens(server):
    """ann owns the group lab, bob is her friend and a member, eve is a stranger."""
    for name in ("ann", "bob", "eve"):
        post(f"{server.url}/api/v1/accounts", {"username": name, "password": PASSWORD})
    tokens = {name: Client.sign_in(server.url, name, PASSWORD, "test") for name in ("ann", "bob", "eve")}
    ann, bob = (Client(server.url, tokens[name]).api for name in ("ann", "bob"))
    ann.request_friend("bob", "it is me")
    (request,) = bob.incoming_requests()
    assert (request.sender, request.text) == ("ann", "it is me")
    bob.accept(request.id)
    assert [friend.username for friend in ann.friends()] == ["bob"]
    ann.create_group("lab", "The lab")
    ann.add_member("lab", "bob")
    assert [(group.name, group.role, group.member_count) for group in bob.groups()] == [("lab", "member", 2)]
    return tokens


def receive(client, count):
    return [client.next_message(timeout_s=10).body for _ in range(count)]


def test_two_friends_talk_and_the_history_has_it(server, tokens):
    with Client(server.url, tokens["ann"]) as ann, Client(server.url, tokens["bob"]) as bob:
        first = ann.send("user/bob", "你好")
        heard = bob.next_message(timeout_s=10)
        assert heard == first
        answer = bob.reply(heard, "hello")
        assert ann.next_message(timeout_s=10) == answer
        assert answer.seq == first.seq + 1
        page = ann.api.history("user/bob", limit=2)
        assert page.messages == (first, answer)
        assert page.last_seq == answer.seq


@pytest.mark.parametrize(("to", "code"), [("user/eve", "not_friends"), ("group/attic", "not_member")])
def test_a_refusal_has_its_code_and_a_sentence(server, tokens, to, code):
    with Client(server.url, tokens["bob"]) as bob, pytest.raises(Rejected) as refused:
        bob.send(to, "hi")
    assert refused.value.code == code
    assert refused.value.message


def test_the_same_id_is_the_same_message(server, tokens):
    with Client(server.url, tokens["ann"]) as ann:
        first = ann.send("group/lab", "hi", id="the-same")
        assert ann.send("group/lab", "hi", id="the-same") == first
        with pytest.raises(Rejected) as refused:
            ann.send("user/bob", "hi", id="the-same")
        assert refused.value.code == "id_reused"


def test_notices_and_signals_arrive(server, tokens):
    with Client(server.url, tokens["ann"]) as ann, Client(server.url, tokens["bob"]) as bob:
        seen = []
        bob.on_notice(lambda notice: seen.append(notice.fields["type"]))
        bob.on_live(lambda live: seen.append((live.tail, live.fields.get("type"))))
        ann.signal("user/bob", {"type": "typing"})
        wait_for(lambda: (bob.next_message(timeout_s=0.05), ("signal/user/ann", "typing") in seen)[1])
        Client(server.url, tokens["eve"]).api.request_friend("bob", "let me in")
        wait_for(lambda: (bob.next_message(timeout_s=0.05), "friend_request" in seen)[1])
        bob.mark_read(ann.send("user/bob", "read this"))
        wait_for(lambda: {head.key: head.unread for head in bob.api.conversations()}["user/ann"] == 0)


def test_the_asyncio_client_talks_too(server, tokens):
    async def talk():
        async with AsyncClient(server.url, tokens["ann"]) as ann, AsyncClient(server.url, tokens["bob"]) as bob:
            stamps = await asyncio.gather(*(ann.send("group/lab", str(number)) for number in range(100)))
            assert len({stamp.seq for stamp in stamps}) == 100
            heard = [(await bob.next_message()).body for _ in range(100)]
            assert sorted(map(int, heard)) == list(range(100))

    asyncio.run(asyncio.wait_for(talk(), 60))


def test_the_command_line_sends_and_listens(server, tokens, capsys, tmp_path):
    listen = ["listen", "--url", server.url, "--token", tokens["bob"], "--state", str(tmp_path / "state"), "--json"]
    with Client(server.url, tokens["bob"], state=tmp_path / "state"):
        pass
    assert cli.main(["send", "--url", server.url, "--token", tokens["ann"], "--to", "user/bob", "from a script"]) == 0
    assert cli.main([*listen, "--count", "1"]) == 0
    stored, heard = capsys.readouterr().out.splitlines()
    assert stored.startswith("user/bob #")
    assert json.loads(heard)["body"] == "from a script"


def test_a_revoked_token_ends_the_client(server, tokens):
    token = Client.sign_in(server.url, "eve", PASSWORD, "to be revoked")
    with Client(server.url, token) as eve:
        (found,) = [t for t in call(server, tokens["eve"], "GET", "/tokens")["tokens"] if t["label"] == "to be revoked"]
        call(server, tokens["eve"], "DELETE", f"/tokens/{found['id']}")
        with pytest.raises(ApiError) as ended:
            eve.next_message(timeout_s=20)
        assert ended.value.status == 401


def call(server, token, method, path):
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{server.url}/api/v1{path}", headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read() or b"null")


def test_the_example_bot_accepts_a_friend_and_answers_her(server, tokens, tmp_path):
    post(f"{server.url}/api/v1/accounts", {"username": "echo", "password": PASSWORD})
    token = Client.sign_in(server.url, "echo", PASSWORD, "bot")
    environment = os.environ | {"HONGYAN_URL": server.url, "HONGYAN_TOKEN": token}
    bot = subprocess.Popen([sys.executable, EXAMPLES / "echo_bot.py"], cwd=tmp_path, env=environment)
    try:
        wait_for((tmp_path / "echo_bot.json").exists, what="the bot to be connected")
        with Client(server.url, tokens["ann"]) as ann:
            ann.api.request_friend("echo")
            wait_for(lambda: "echo" in [friend.username for friend in ann.api.friends()])
            ann.send("user/echo", "hi")
            assert ann.next_message(timeout_s=10).body == "hi"
    finally:
        bot.kill()
        bot.wait(5)


def test_a_wrong_password_is_refused(server, tokens):
    with pytest.raises(ApiError) as refused:
        Client.sign_in(server.url, "bob", "wrong password", "test")
    assert (refused.value.status, refused.value.code) == (401, "bad_credentials")


def test_a_killed_server_loses_and_doubles_nothing(server, tokens, tmp_path):
    """ann sends without pause, the server is killed twice: bob has every stamped message once, in order."""
    with Client(server.url, tokens["ann"]) as ann, Client(server.url, tokens["bob"], state=tmp_path / "bob") as bob:
        stamped = []

        def send():
            for number in range(300):
                stamped.append(ann.send("user/bob", f"kill {number}", timeout_s=60).seq)

        sender = threading.Thread(target=send)
        sender.start()
        for wanted in (60, 160):
            wait_for(lambda wanted=wanted: len(stamped) >= wanted, timeout_s=60)
            server.kill()
            server.start()
        sender.join(60)
        assert len(stamped) == 300
        assert receive(bob, 300) == [f"kill {number}" for number in range(300)]
        assert bob.next_message(timeout_s=0) is None
    assert stamped == list(range(stamped[0], stamped[0] + 300))


def test_a_program_that_is_restarted_amid_traffic_misses_and_repeats_nothing(server, tokens, tmp_path):
    heard = []
    with Client(server.url, tokens["bob"], state=tmp_path / "bob"):
        pass
    with Client(server.url, tokens["ann"]) as ann:
        sender = threading.Thread(target=lambda: [ann.send("group/lab", f"restart {n}") for n in range(100)])
        sender.start()
        while len(heard) < 100:
            with Client(server.url, tokens["bob"], state=tmp_path / "bob") as bob:
                heard += receive(bob, 10)
        sender.join(30)
    assert heard == [f"restart {number}" for number in range(100)]
