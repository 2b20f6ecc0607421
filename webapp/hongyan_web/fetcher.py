"""Every request that the server makes to others goes through here: where to, how much, how long.

    session = guard(requests.Session(), own=["https://login.example.org"])

The name is resolved once, all its addresses are checked, and the connection goes to the one that was checked: a second
answer of the DNS changes nothing. Redirects come through the same gate. No proxy and no `.netrc` of the environment.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import InvalidURL, RequestException
from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from hongyan_core.courtesy import one_page

MAX_BYTES: Final = 1_048_576  # of an answer, unpacked
TOTAL_S: Final = 10.0  # for an answer, slow drops included
_STEP_S: Final = 5.0  # to connect, and between two pieces
_MAX_REDIRECTS: Final = 3
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_Session = TypeVar("_Session", bound=requests.Session)
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class ForbiddenAddress(RequestException):
    """Not a public address, or not https, and not what the operator has configured."""


class TooMuch(RequestException):
    """The answer is too large, or comes too slowly."""


def guard(session: _Session, *, own: Iterable[str] = (), max_bytes: int = MAX_BYTES, cut: bool = False) -> _Session:
    """Let a session reach public addresses only, and over https only.

    Args:
        own: URLs that the operator has configured; their origins may be private, and plain.
        max_bytes: Of an answer.
        cut: Keep the beginning of what is longer, instead of refusing it.
    """
    gate = _Gate(frozenset(map(find_origin, own)), max_bytes, cut)
    session.mount("https://", gate)
    session.mount("http://", gate)
    session.trust_env = False
    session.max_redirects = _MAX_REDIRECTS
    return session


def find_origin(url: str) -> str:
    """Scheme, host and port of a URL, in one spelling.

    Raises:
        ValueError: Not http or https, or no host, or a port that is none.
    """
    scheme, host, port = _split(url)
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _split(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    port = _DEFAULT_PORTS.get(parts.scheme)
    if port is None or not parts.hostname:
        raise ValueError(f"not the URL of a server: {url!r}")
    return parts.scheme, parts.hostname, parts.port or port


def is_public(address: _Address) -> bool:
    """Whether it is anybody's on the Internet; an IPv4 address inside an IPv6 one is looked at too."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
        if not all(is_public(one) for one in inner if one is not None):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast


def resolve(host: str, port: int, *, private: bool) -> str:
    """The address to connect to.

    Raises:
        ForbiddenAddress: One of its addresses is not public, and `private` is false.
        requests.ConnectionError: The name is not known.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoConnection(f"{host} cannot be resolved") from error
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    if not private and not all(map(is_public, addresses)):
        raise ForbiddenAddress(f"{host} is not a public address")
    return str(addresses[0])


class _Watch:
    """Cuts a connection once the time is over: time-outs of a socket begin anew with each drop that comes."""

    def __init__(self) -> None:
        self.is_over = False
        self._socket: socket.socket | None = None

    def take(self, connected: socket.socket) -> None:
        """From now on it is this one."""
        self._socket = connected
        if self.is_over:
            raise TimeoutError("the answer is too slow")

    def cut(self) -> None:
        """The time is over."""
        self.is_over = True
        if self._socket is not None:
            with suppress(OSError):  # it has ended already
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # below TLS, which may be reading just now


_watching: Final = threading.local()


@contextmanager
def _watch() -> Iterator[_Watch]:
    """Bound what this thread asks for meanwhile."""
    watch = _watching.now = _Watch()
    timer = threading.Timer(TOTAL_S, watch.cut)
    timer.daemon = True
    timer.start()
    try:
        yield watch
    finally:
        timer.cancel()


class _Connection(HTTPConnection):
    # A reused connection is not connected anew, but each answer is read: so it is here that the watch takes it.
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3's answer is no http.client.HTTPResponse
        _watching.now.take(self.sock)
        return super().getresponse()


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS: `super()` there leads to urllib3's own."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Gate(HTTPAdapter):
    """Requests' transport: once for each request and each redirect."""

    def __init__(self, own: frozenset[str], max_bytes: int, cut: bool) -> None:
        self._own = own
        self._max_bytes = max_bytes
        self._cut = cut
        super().__init__()
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def send(self, request: requests.PreparedRequest, *_: Any, **options: Any) -> requests.Response:
        request.headers["Host"] = urlsplit(request.url or "").netloc.rpartition("@")[2]
        options = {"verify": options.get("verify", True), "cert": options.get("cert")}
        with one_page.stepping_out(), _watch() as watch:
            response = super().send(request, stream=True, timeout=(_STEP_S, _STEP_S), proxies={}, **options)
            self._read(response, watch)
        return response

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Connect to the address that was checked, under the name that was asked for."""
        host_params, pool_kwargs = super().build_connection_pool_key_attributes(request, verify, cert)
        try:
            scheme, host, port = _split(request.url or "")
            own = find_origin(request.url or "") in self._own
        except ValueError as error:
            raise InvalidURL(str(error)) from None
        if scheme != "https" and not own:
            raise ForbiddenAddress(f"{host} is to be asked over https only")
        host_params["host"] = resolve(host, port, private=own)
        if scheme == "https":
            pool_kwargs = {**pool_kwargs, "server_hostname": host, "assert_hostname": host}
        return host_params, pool_kwargs

    def _read(self, response: requests.Response, watch: _Watch) -> None:
        """Read it all, piece by piece as it comes, within the bounds."""
        body = bytearray()
        try:
            while piece := response.raw.read1(65_536, decode_content=True):
                body += piece
                if self._cut and len(body) >= self._max_bytes:
                    break
                if len(body) > self._max_bytes:
                    raise TooMuch("the answer is too large")
        except HTTPError as error:
            if not watch.is_over:
                raise NoConnection(f"the answer was cut short: {error}") from error
        finally:
            response.raw.close()
        if watch.is_over:
            raise TooMuch("the answer is too slow")
        response._content = bytes(body[: self._max_bytes])
        response._content_consumed = True
