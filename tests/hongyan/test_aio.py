from __future__ import annotations

import asyncio

import pytest

from hongyan import ApiError, AsyncClient, NotConnected, Rejected, StampTimeout
from hongyan.testing import MemoryServer
from tests.support.loop import in_a_loop


@pytest.fixture
def server():
    server = MemoryServer(now_ms=lambda: 1_790_000_000_000)
    server.befriend("ann", "bob")
    server.create_group("lab", "ann", "bob")
    return server


async def receive(client, count):
    return [(await client.next_message()).body for _ in range(count)]


@in_a_loop
async def test_two_friends_talk(server):
    async with server.async_client("ann") as ann, server.async_client("bob") as bob:
        assert (await ann.send("user/bob", "hi")).seq == 1
        heard = await bob.next_message()
        assert (heard.sender, heard.body) == ("ann", "hi")
        assert (await bob.reply(heard, "hello")).seq == 2
        assert await receive(ann, 1) == ["hello"]


@in_a_loop
async def test_many_sends_at_once_are_each_stamped_once(server):
    async with server.async_client("ann") as ann, server.async_client("bob") as bob:
        stamps = await asyncio.gather(*(ann.send("group/lab", str(number)) for number in range(200)))
        assert sorted(stamp.seq for stamp in stamps) == list(range(1, 201))
        assert sorted(map(int, await receive(bob, 200))) == list(range(200))


@in_a_loop
async def test_a_refusal_is_raised(server):
    async with server.async_client("ann") as ann:
        with pytest.raises(Rejected) as refused:
            await ann.send("user/eve", "hi")
        assert refused.value.code == "not_friends"


@in_a_loop
async def test_what_passed_while_the_connection_was_cut_arrives_once_and_in_order(server):
    async with server.async_client("bob") as bob:
        server.cut()
        for body in ("one", "two"):
            server.say("ann", "user/bob", body)
        server.mend()
        server.say("ann", "user/bob", "three")
        assert await receive(bob, 3) == ["one", "two", "three"]


@in_a_loop
async def test_no_stamp_in_time_is_an_error_that_names_the_id(server):
    async with server.async_client("ann") as ann:
        server.cut()
        with pytest.raises(StampTimeout) as late:
            await ann.send("user/bob", "hi", timeout_s=0.05)
        server.mend()
        assert (await ann.send("user/bob", "hi", id=late.value.message_id)).seq == 1


@in_a_loop
async def test_a_restart_goes_on_where_the_program_stopped(server, tmp_path):
    state = tmp_path / "bob.json"
    async with server.async_client("bob", state=state) as bob:
        server.say("ann", "user/bob", "one")
        async for message in bob.messages():
            assert message.body == "one"
            break
    server.say("ann", "user/bob", "two")
    async with server.async_client("bob", state=state) as bob:
        assert await receive(bob, 1) == ["two"]


@in_a_loop
async def test_run_awaits_the_callbacks_of_messages_notices_and_signals(server):
    bob = server.async_client("bob")
    seen = []

    @bob.on_message
    async def echo(message):
        seen.append((await bob.reply(message, message.body)).body)
        if message.body == "bye":
            await bob.close()

    @bob.on_notice
    async def remember(notice):
        seen.append(notice.fields["type"])

    bob.on_live(lambda live: seen.append(live.tail))
    bob.on_event(lambda event: seen.append(event.event))
    await bob.connect()
    running = asyncio.create_task(bob.run())
    async with server.async_client("ann") as ann:
        server.notify("bob", {"type": "group_changed", "group": "lab"})
        ann.signal("user/bob", {"type": "typing"})
        server.write_line("ann", "lab", "title", "ann named the group New")
        await ann.send("user/bob", "hi")
        await ann.send("user/bob", "bye")
        assert await receive(ann, 2) == ["hi", "bye"]
    await running
    assert sorted(seen) == ["bye", "group_changed", "hi", "signal/user/ann", "title"]


@in_a_loop
async def test_a_revoked_token_ends_the_client(server):
    async with server.async_client("ann") as ann:
        waiting = asyncio.create_task(ann.next_message())
        await asyncio.sleep(0)
        server.revoke("ann")
        with pytest.raises(ApiError):
            await waiting


@in_a_loop
async def test_closing_wakes_who_waits(server):
    ann = await server.async_client("ann").connect()
    waiting = asyncio.create_task(ann.next_message())
    await asyncio.sleep(0)
    await ann.close()
    assert await waiting is None
    with pytest.raises(NotConnected):
        await ann.send("user/bob", "hi")


def test_the_package_gives_it_out_on_demand():
    import hongyan

    assert hongyan.AsyncClient is AsyncClient
    with pytest.raises(AttributeError):
        _ = hongyan.Nothing
