"""Whom a limit counts: the client's address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request


def client_address(request: Request) -> str:
    """The client's address; behind a trusted proxy the one that the proxy names."""
    return request.client.host if request.client else "unknown"


def client_key(request: Request) -> str:
    """What the client is counted under."""
    return counted_address(client_address(request))


def counted_address(address: str) -> str:
    """A network of IPv6 as one client: whoever has one address of a /64 has all of them.

    >>> counted_address("2001:db8::1"), counted_address("::ffff:192.0.2.1"), counted_address("192.0.2.1")
    ('2001:db8::/64', '192.0.2.1', '192.0.2.1')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))
