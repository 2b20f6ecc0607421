from __future__ import annotations

import threading

import pytest

from hongyan import ApiError, Client, Message, NotConnected, Rejected, StampTimeout
from hongyan.testing import MemoryServer
from tests.support.waiting import wait_for


@pytest.fixture
def server():
    server = MemoryServer(now_ms=lambda: 1_790_000_000_000)
    server.befriend("ann", "bob")
    server.create_group("lab", "ann", "bob")
    return server


def bodies(messages):
    return [message.body for message in messages]


def receive(client, count):
    return [client.next_message(timeout_s=5) for _ in range(count)]


def test_a_sent_message_comes_back_with_its_stamp(server):
    with server.client("ann") as ann:
        stamped = ann.send("user/bob", "hi", id="m1")
    assert stamped == Message("m1", "text", "hi", 1, 1_790_000_000_000, "ann", "user/bob")


def test_a_friend_receives_it_and_replies(server):
    with server.client("ann") as ann, server.client("bob") as bob:
        ann.send("user/bob", "hi")
        heard = bob.next_message(timeout_s=5)
        assert (heard.sender, heard.body, heard.seq) == ("ann", "hi", 1)
        bob.reply(heard, "hello")
        answer = ann.next_message(timeout_s=5)
        assert (answer.sender, answer.body, answer.seq) == ("bob", "hello", 2)


def test_a_reply_in_a_group_goes_to_the_group(server):
    with server.client("ann") as ann, server.client("bob") as bob:
        ann.send("group/lab", "who is here?")
        assert bob.reply(bob.next_message(timeout_s=5), "me").to == "group/lab"
        assert bodies(receive(ann, 1)) == ["me"]


def test_own_messages_are_never_given_to_the_program(server):
    with server.client("ann") as ann, server.client("ann") as other_device:
        ann.send("user/bob", "one")
        server.say("bob", "user/ann", "two")
        assert bodies(receive(ann, 1)) == ["two"]
        assert bodies(receive(other_device, 1)) == ["two"]


@pytest.mark.parametrize(
    ("to", "code"),
    [("user/eve", "not_friends"), ("user/nobody", "not_friends"), ("group/attic", "not_member")],
)
def test_a_refusal_is_raised_with_its_code(server, to, code):
    with server.client("ann") as ann, pytest.raises(Rejected) as refused:
        ann.send(to, "hi", id="m1")
    assert (refused.value.code, refused.value.message_id) == (code, "m1")


def test_a_block_holds_from_the_next_message(server):
    with server.client("ann") as ann:
        ann.send("user/bob", "one")
        server.block("bob", "ann")
        with pytest.raises(Rejected) as refused:
            ann.send("user/bob", "two")
        assert refused.value.code == "blocked"


def test_the_same_id_is_the_same_message(server):
    with server.client("ann") as ann:
        assert ann.send("user/bob", "hi", id="m1").seq == 1
        assert ann.send("user/bob", "hi", id="m1").seq == 1
        with pytest.raises(Rejected) as refused:
            ann.send("group/lab", "hi", id="m1")
        assert refused.value.code == "id_reused"
    assert len(server.history("ann", "user/bob")) == 1


def test_a_message_whose_stamp_was_lost_with_the_connection_is_stored_once(server):
    with server.client("ann") as ann:
        server.lose_stamp()
        assert ann.send("user/bob", "hi").seq == 1
    assert bodies(server.history("bob", "user/ann")) == ["hi"]


def test_what_passed_while_the_connection_was_cut_arrives_once_and_in_order(server):
    with server.client("bob") as bob:
        server.say("ann", "user/bob", "one")
        assert bodies(receive(bob, 1)) == ["one"]
        server.cut()
        for body in ("two", "three", "four"):
            server.say("ann", "user/bob", body)
        server.mend()
        server.say("ann", "user/bob", "five")
        assert bodies(receive(bob, 4)) == ["two", "three", "four", "five"]
        assert bob.next_message(timeout_s=0) is None


def test_a_message_sent_while_the_connection_is_cut_waits_for_the_next_one(server):
    with server.client("ann") as ann:
        server.cut()
        threading.Timer(0.3, server.mend).start()
        assert ann.send("user/bob", "hi").seq == 1


def test_no_stamp_in_time_is_an_error_that_names_the_id(server):
    with server.client("ann") as ann:
        server.cut()
        with pytest.raises(StampTimeout) as late:
            ann.send("user/bob", "hi", timeout_s=0.05)
        server.mend()
        assert ann.send("user/bob", "hi", id=late.value.message_id).seq == 1


def test_a_first_start_receives_from_now_on_or_from_the_start(server):
    server.say("ann", "user/bob", "one")
    with server.client("bob") as now, server.client("bob", since="start") as start:
        server.say("ann", "user/bob", "two")
        assert bodies(receive(now, 1)) == ["two"]
        assert bodies(receive(start, 2)) == ["one", "two"]


def test_a_restart_goes_on_where_the_program_stopped(server, tmp_path):
    state = tmp_path / "bob.json"
    with server.client("bob", state=state) as bob:
        server.say("ann", "user/bob", "one")
        server.say("ann", "group/lab", "two")
        assert sorted(bodies(receive(bob, 2))) == ["one", "two"]
    server.say("ann", "user/bob", "three")
    with server.client("bob", state=state) as bob:
        server.say("ann", "user/bob", "four")
        assert bodies(receive(bob, 2)) == ["three", "four"]
        assert bob.next_message(timeout_s=0) is None


def test_a_first_start_with_state_is_pinned_even_if_nothing_was_handled(server, tmp_path):
    server.say("ann", "user/bob", "zero")
    with server.client("bob", state=tmp_path / "bob.json"):
        pass
    server.say("ann", "user/bob", "one")
    with server.client("bob", state=tmp_path / "bob.json") as bob:
        assert bodies(receive(bob, 1)) == ["one"]


def test_a_crash_repeats_the_message_but_not_the_reply(server, tmp_path):
    def answer_and_crash(bob, crash):
        for message in bob.messages():
            bob.reply(message, "hello")
            if crash:
                raise MemoryError
            return message.body
        return None

    state = tmp_path / "bob.json"
    with server.client("bob", state=state):
        server.say("ann", "user/bob", "hi")
    with pytest.raises(MemoryError), server.client("bob", state=state) as bob:
        answer_and_crash(bob, crash=True)
    with server.client("bob", state=state) as bob:
        assert answer_and_crash(bob, crash=False) == "hi"
    assert bodies(server.history("ann", "user/bob")) == ["hi", "hello"]


def test_two_replies_to_one_message_are_two_messages(server):
    with server.client("bob") as bob:
        server.say("ann", "user/bob", "hi")
        message = bob.next_message(timeout_s=5)
        bob.reply(message, "one moment")
        bob.reply(message, "one moment")
    assert bodies(server.history("ann", "user/bob")) == ["hi", "one moment", "one moment"]


def test_run_calls_back_until_closed(server):
    bob = server.client("bob")
    seen = []

    @bob.on_message
    def echo(message):
        seen.append(bob.reply(message, message.body).body)
        if message.body == "bye":
            bob.close()

    thread = threading.Thread(target=bob.run)
    bob.connect()
    thread.start()
    with server.client("ann") as ann:
        ann.send("user/bob", "hi")
        ann.send("user/bob", "bye")
        assert bodies(receive(ann, 2)) == ["hi", "bye"]
    thread.join(5)
    assert seen == ["hi", "bye"]


def test_notices_and_signals_are_called_back(server):
    with server.client("ann") as ann, server.client("bob") as bob:
        notices, lives = [], []
        bob.on_notice(lambda notice: notices.append(notice.fields))
        bob.on_live(lambda live: lives.append((live.tail, live.fields["type"], live.fields["from"])))
        server.notify("bob", {"type": "friend_request", "id": 7, "from": "eve"})
        ann.signal("user/bob", {"type": "typing"})
        wait_for(lambda: (bob.next_message(timeout_s=0.01), notices and lives)[1])
        assert notices == [{"type": "friend_request", "id": 7, "from": "eve"}]
        assert lives == [("signal/user/ann", "typing", "ann")]


def test_what_changes_in_a_group_is_no_message_to_answer(server):
    with server.client("bob") as bob:
        events = []
        bob.on_event(lambda event: events.append((event.event, event.sender, event.body, event.seq)))
        server.write_line("ann", "lab", "title", "ann named the group New")
        server.say("ann", "group/lab", "look")
        assert bodies(receive(bob, 1)) == ["look"]
        assert events == [("title", "ann", "ann named the group New", 1)]


def test_many_messages_wait_in_the_history_and_not_in_memory(server):
    with server.client("bob") as bob:
        for number in range(2_500):
            server.say("ann", "user/bob", str(number))
        assert bodies(receive(bob, 2_500)) == [str(number) for number in range(2_500)]
        assert bob.next_message(timeout_s=0) is None


def test_an_unreachable_server_is_reported_and_tried_again(server):
    server.cut()
    ann = server.client("ann")
    with pytest.raises(NotConnected) as missing:
        ann.connect(timeout_s=0.05)
    assert "the server cannot be reached" in str(missing.value)
    server.mend()
    assert ann.send("user/bob", "hi").seq == 1
    ann.close()


def test_a_revoked_token_ends_the_client(server):
    with server.client("ann") as ann:
        server.revoke("ann")
        with pytest.raises(ApiError) as revoked:
            ann.next_message(timeout_s=5)
        assert revoked.value.code == "token_invalid"
        with pytest.raises(ApiError):
            ann.send("user/bob", "hi")


def test_a_closed_client_says_so(server):
    ann = server.client("ann").connect()
    ann.close()
    assert ann.next_message() is None
    with pytest.raises(NotConnected):
        ann.send("user/bob", "hi")


def test_closing_wakes_a_sender_that_waits(server):
    ann = server.client("ann").connect()
    server.cut()
    threading.Timer(0.1, ann.close).start()
    with pytest.raises(NotConnected):
        ann.send("user/bob", "hi")


def test_the_state_of_another_account_is_refused(server, tmp_path):
    with server.client("ann", state=tmp_path / "state.json"):
        pass
    with (
        pytest.raises(ValueError, match="the state of ann, not of bob"),
        server.client("bob", state=tmp_path / "state.json"),
    ):
        pass


def test_the_url_and_the_token_may_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("HONGYAN_URL", "http://chat.example.org/")
    assert Client(token="hy_x").api.url == "http://chat.example.org"
    assert Client("http://127.0.0.1:8000", token="hy_x").api.url == "http://127.0.0.1:8000"
