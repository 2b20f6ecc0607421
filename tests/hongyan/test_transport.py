"""The MQTT link against Debian's Mosquitto without any rules: how packets travel, not who may send them."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from hongyan.api import Address, Api, Login
from hongyan.errors import NotConnected
from hongyan.topics import own_filters
from hongyan.transport import PahoLink, ServerTransport
from tests.support.missing import leave_out
from tests.support.ports import free_port
from tests.support.waiting import wait_for

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Mosquitto:
    def __init__(self, folder, *extra):
        self.port = free_port()
        self.config = folder / "mosquitto.conf"
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "persistence false", "user root", *extra]
        self.config.write_text("\n".join(lines))
        self.start()

    def start(self):
        self.process = subprocess.Popen([MOSQUITTO, "-c", self.config], stderr=subprocess.DEVNULL)
        wait_for(self._accepts, what="mosquitto to listen")

    def _accepts(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.process.kill()
        self.process.wait(5)

    def link(self, account="bob", *, client_id=None, filters=None, tls=False):
        client_id = client_id or f"{account}-0123456789abcdef"
        address = Address("127.0.0.1", self.port, tls)
        return PahoLink(address, Login(account, "secret"), client_id, filters or own_filters(account))


@pytest.fixture
def start_mosquitto(tmp_path):
    if MOSQUITTO is None:
        leave_out("Mosquitto", "apt-get install mosquitto")
    started = []

    def start(*extra):
        started.append(Mosquitto(tmp_path, *extra))
        return started[-1]

    yield start
    for broker in started:
        broker.stop()


@pytest.fixture
def broker(start_mosquitto):
    return start_mosquitto()


def poll_until(link, count):
    arrived = []
    wait_for(lambda: (arrived.extend(link.poll(0.05)), len(arrived) >= count)[1], what=f"{count} arrivals")
    return arrived


def test_what_is_published_arrives_in_order(broker):
    bob, ann = broker.link("bob"), broker.link("ann")
    for number in range(500):
        ann.publish("im/bob/inbox/user/ann", str(number).encode(), 1)
        ann.poll(0)
    arrived = []
    wait_for(lambda: (ann.poll(0), arrived.extend(bob.poll(0.01)), len(arrived) == 500)[2])
    assert arrived == [("im/bob/inbox/user/ann", str(number).encode()) for number in range(500)]
    bob.close()
    ann.close()


def test_a_wake_ends_the_poll_from_another_thread(broker):
    bob = broker.link("bob")
    threading.Timer(0.1, bob.wake).start()
    assert bob.poll(60) == []
    bob.wake()
    assert bob.poll(60) == []
    bob.close()
    bob.wake()


def test_a_lost_connection_is_raised_after_what_had_arrived(broker):
    bob = broker.link("bob")
    broker.stop()
    with pytest.raises(NotConnected):
        wait_for(lambda: bob.poll(1))
    bob.close()


def test_closing_says_offline_and_a_cut_lets_the_will_say_it(broker):
    watcher = broker.link("ann", filters=["im/bob/status/#"])
    offline = ("im/bob/status/bob-1", b'{"state":"offline","text":""}')
    broker.link("bob", client_id="bob-1").close()
    assert poll_until(watcher, 1) == [offline]
    cut = broker.link("bob", client_id="bob-1")
    cut._mqtt.socket().shutdown(socket.SHUT_RDWR)
    assert poll_until(watcher, 1) == [offline]
    cut.close()
    watcher.close()


def test_a_broker_that_refuses_is_not_connected(start_mosquitto, tmp_path):
    (tmp_path / "nobody").write_text("")
    broker = start_mosquitto("allow_anonymous false", f"password_file {tmp_path / 'nobody'}")
    with pytest.raises(NotConnected, match="refused the connection: Not authorized"):
        broker.link("bob")


def test_a_broker_that_is_not_there_is_not_connected():
    with pytest.raises(NotConnected, match="cannot be reached"):
        PahoLink(Address("127.0.0.1", free_port()), Login("bob", "secret"), "bob-1", own_filters("bob"))


def test_something_else_than_a_broker_is_not_connected():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            end, _ = listener.accept()
            with end:
                end.recv(1_000)
                end.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(NotConnected):
            PahoLink(Address("127.0.0.1", listener.getsockname()[1]), Login("bob", "x"), "bob-1", own_filters("bob"))
        thread.join()


# paho leaves the socket of a failed handshake to the garbage collector, which says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_tls_is_spoken_when_told_and_a_stranger_is_refused(start_mosquitto, tmp_path, monkeypatch):
    if shutil.which("openssl") is None:
        leave_out("openssl", "apt-get install openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"]
    subprocess.run([*make, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    broker = start_mosquitto(f"certfile {certificate}", f"keyfile {key}")
    with pytest.raises(NotConnected, match="certificate verify failed"):
        broker.link("bob", tls=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert ssl.get_default_verify_paths().openssl_cafile_env == "SSL_CERT_FILE"
    bob = broker.link("bob", tls=True)
    body = b"x" * 100_000
    bob.publish("im/bob/inbox/user/ann", body, 1)
    assert poll_until(bob, 1) == [("im/bob/inbox/user/ann", body)]
    bob.close()


def test_a_server_without_mqtt_over_tcp_says_so():
    with pytest.raises(NotConnected, match="offers no MQTT over TCP"):
        ServerTransport(Api()).connect(Login("bob", "secret"), "bob-1", ())


def test_a_broker_on_all_addresses_is_reached_by_the_servers_name(broker):
    login = Login("bob", "secret", Address("0.0.0.0", broker.port))
    ServerTransport(Api("http://127.0.0.1:8000")).connect(login, "bob-1", own_filters("bob")).close()
