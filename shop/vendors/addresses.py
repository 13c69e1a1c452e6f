"""Which network addresses a vendor's name may turn out to be (server-side request forgery, SSRF).

A name in a base URL is the outside world's: should it lead into our own network, to this machine
or to a cloud's metadata, then somebody wants us to ask there for them. An address written out in a
base URL is the operator's own word and is taken, and so is `localhost` for this machine; but no
vendor ever is on a link-local, multicast or metadata address.
"""

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

METADATA = frozenset(map(ip_address, ("169.254.169.254", "100.100.100.200", "fd00:ec2::254")))
NAT64 = IPv6Network("64:ff9b::/96")
PROTOCOLS_OWN = IPv4Network("192.0.0.0/24")  # RFC 6890; Python calls parts of it global


class ForbiddenAddress(Exception):
    """The host's name leads to where no vendor is. Carries no address: it ends in logs."""


def vendor_addresses(host: str, port: int) -> list[str]:
    """The numeric addresses of `host`, all of them allowed; connect to one of these and no other.

    One address that is not allowed condemns them all: a vendor has no reason to mix. Raises
    ForbiddenAddress, and socket.gaierror for a name that nobody knows.
    """
    found = [
        str(socket_address[0])
        for *_rest, socket_address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    ]
    for text in found:
        if not _is_allowed(host, ip_address(text.partition("%")[0])):
            raise ForbiddenAddress("a vendor's name leads to an address of no vendor")
    return found


def _is_allowed(host: str, found: Address) -> bool:
    told = list(_told(found))
    if any(address in METADATA or _is_nobodys(address) for address in told):
        return False
    if _is_written_out(host):
        return True
    if host == "localhost":
        return all(address.is_loopback for address in told)
    return all(_is_of_the_world(address) for address in told)


def _is_of_the_world(address: Address) -> bool:
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return True  # only a notation: what it carries is judged beside it
    return address.is_global and not address.is_reserved and address not in PROTOCOLS_OWN


def _is_nobodys(address: Address) -> bool:
    return address.is_link_local or address.is_multicast or address.is_unspecified


def _is_written_out(host: str) -> bool:
    """As people write an address: `2130706433`, `0x7f.1` and `127.1` are names to us."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _told(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 address that it carries inside, if it does."""
    yield address
    if isinstance(address, IPv6Address):
        inside = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()), _nat64(address))
        yield from filter(None, inside)


def _nat64(address: IPv6Address) -> IPv4Address | None:
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
