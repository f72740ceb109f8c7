"""Which addresses may be asked: public ones, unless the configuration says otherwise.

A feed's address comes from a configuration, a redirect from a stranger; neither may lead into
the operator's own network. Covered: every address that a host name resolves to, redirects,
IPv6 forms of IPv4 addresses. A name server may give another answer between our look-up and the
connection, for the client resolves again: who answered is looked at before anything is read, but
the request has gone out by then. Proxies from the environment resolve by themselves; behind one
nothing of this is seen. Where that matters, a firewall has to say no.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, Any, Final
from urllib.request import getproxies

import httpx

from domain.errors import SourceBusy, SourceRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SCHEMES: Final = ("https", "http")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All that is given out of IPv6 so far; beside it lie old and local forms, some of IPv4 addresses."""


def resolve(host: str) -> list[str]:
    """Return all addresses of a host name."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def check_address(url: str, *, allow_private: bool, resolve: Callable[[str], Iterable[str]] = resolve) -> str:
    """Return the host and port of an address that may be asked.

    Raises:
        SourceRefused: the scheme is not HTTP, or the host is inside a private network.
        SourceBusy: the host name cannot be resolved now.
    """
    try:
        # The client's own reading: a name with letters beyond ASCII is looked up as it is asked.
        parts = httpx.URL(url)
        host, port = parts.raw_host.decode("ascii"), parts.port
    except (httpx.InvalidURL, UnicodeError):
        raise SourceRefused("the address is not a valid URL") from None
    if parts.scheme not in SCHEMES or not host:
        raise SourceRefused("the address must begin with https:// or http:// and name a host")
    if not allow_private:
        try:
            addresses = list(resolve(host))
        except (OSError, UnicodeError):
            raise SourceBusy(f"{host} cannot be found") from None
        if not addresses or not all(map(is_public, addresses)):
            raise SourceRefused(f"{host} is not a public address; set allow_private = true if it is meant")
    return f"{host}:{port}" if port else host


def check_peer(stream: Any, address: str) -> None:
    """Look at who answers, where the connection tells.

    Raises:
        SourceRefused: it is inside a private network.
    """
    peer = stream.get_extra_info("server_addr") if stream is not None and not getproxies() else None
    if peer and not is_public(str(peer[0])):
        raise SourceRefused(f"{address} is answered from a private network; set allow_private = true if it is meant")


def is_public(address: str) -> bool:
    """Tell whether an IP address lies in the public internet, seen through IPv6 forms of IPv4 addresses."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast
