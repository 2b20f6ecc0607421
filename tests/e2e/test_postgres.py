"""PostgreSQL under both brokers, several web processes: no client notices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hongyan import ApiError, Client, Rejected
from hongyan.api import Api
from tests.support.database import empty_postgres, postgres_url
from tests.support.deployment import Deployment, EmbeddedDeployment, MosquittoDeployment, running
from tests.support.people import befriend, mosquitto_pub, register
from tests.support.process import Server
from tests.support.waiting import wait_for

__all__ = ["postgres_url"]


@pytest.fixture(params=[EmbeddedDeployment, MosquittoDeployment], ids=["embedded", "mosquitto"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str) -> Iterator[Deployment]:
    empty_postgres(postgres_url)
    with running(request.param(tmp_path, "--limits", "off", "--database-url", postgres_url)) as deployment:
        yield deployment


def test_people_and_a_device_meet_over_postgresql_and_survive_a_kill(deployment: Deployment) -> None:
    ann, bob, thermo = (register(deployment.url, name) for name in ("ann", "bob", "thermo"))
    befriend(ann, bob)
    befriend(ann, thermo)
    ann.api.create_group("lab", "The lab")
    for member in ("bob", "thermo"):
        ann.api.add_member("lab", member)
    with Client(deployment.url, ann.token) as a, Client(deployment.url, bob.token) as b:
        assert a.send("user/bob", "你好").seq == 1
        assert b.send("user/ann", "hello").seq == 2
        mosquitto_pub(deployment.mqtt_port, thermo, "im/thermo/send/group/lab", "21.5")
        heard = [b.next_message(20), b.next_message(20)]
        assert [(m.sender, m.body) for m in heard if m] == [("ann", "你好"), ("thermo", "21.5")]
        deployment.kill()
        deployment.start()
        assert a.send("user/bob", "after the kill", timeout_s=60).seq == 3
        message = b.next_message(30)
        assert message is not None
        assert message.body == "after the kill"
        bob.api.block("ann")
        with pytest.raises(Rejected, match="blocked"):
            a.send("user/bob", "are you there?")
    assert [m.body for m in ann.api.history("user/bob").messages] == ["你好", "hello", "after the kill"]


def test_what_one_web_process_changes_holds_in_the_other(tmp_path: Path, postgres_url: str) -> None:
    empty_postgres(postgres_url)
    deployment = MosquittoDeployment(tmp_path, "--limits", "off", "--database-url", postgres_url)
    shared = ("--mqtt-port", str(deployment.mqtt_port), "--limits", "off", "--database-url", postgres_url)
    second = Server(tmp_path / "data", *shared, command="web")
    try:
        deployment.start()
        second.start()
        ann = register(deployment.url, "ann")
        bob = register(second.url, "bob")
        befriend(ann, bob)
        with Client(deployment.url, ann.token) as a, Client(second.url, bob.token) as b:
            a.send("user/bob", "over two web processes")
            message = b.next_message(20)
            assert message is not None
            assert message.body == "over two web processes"
            bob.api.block("ann")
            with pytest.raises(Rejected, match="blocked"):
                a.send("user/bob", "are you there?")
        ann.api.delete_token(ann.api.tokens()[0].id)
        wait_for(lambda: _is_refused(second.url, ann.token), what="the revoked token to be refused")
    finally:
        second.close()
        deployment.close()


def _is_refused(url: str, token: str) -> bool:
    try:
        Api(url, token).me()
    except ApiError as problem:
        return (problem.status, problem.code) == (401, "token_invalid")
    return False
