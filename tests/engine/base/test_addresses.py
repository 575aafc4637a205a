"""Which addresses may be reached by what comes from data (T5)."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.addresses import Gate, PrivateAddress, allowed, why_private

PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "198.18.0.1",
    "224.0.0.1",
    "224.0.1.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "ff0e::1",
    "::2",
    "nonsense",
    "127.1",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.215.14",
    "2606:4700::1111",
    "64:ff9b::808:808",
    "::ffff:8.8.8.8",
    "2002:808:808::",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_not_reached(address: str) -> None:
    assert why_private(address)
    with pytest.raises(PrivateAddress):
        Gate().socket((2, 1, 6, "", (address, 80)))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_may_be_reached(address: str) -> None:
    assert why_private(address) == ""


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_in_each_of_its_ipv6_forms(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    mapped = str(ipaddress.IPv6Address((0xFFFF << 32) | number))
    nat = str(ipaddress.IPv6Address((0x64FF9B << 96) | number))
    six_to_four = str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80)))
    whys = {why_private(form) for form in (str(address), mapped, nat, six_to_four)}
    assert len(whys) == 1


def test_the_settings_allow_hosts_by_the_name_that_is_written() -> None:
    hosts = ("localhost", "192.168.1.5:8080", "::1")
    assert allowed("LOCALHOST.", 80, hosts)
    assert allowed("192.168.1.5", 8080, hosts)
    assert allowed("::1", 443, hosts)
    assert not allowed("192.168.1.5", 80, hosts)
    assert not allowed("127.0.0.1", 80, hosts)
    assert not allowed("localhost.example.org", 80, hosts)


def test_an_allowed_client_opens_any_socket() -> None:
    with Gate(open_to_all=True).socket((2, 1, 6, "", ("127.0.0.1", 80))) as opened:
        assert (opened.family, opened.type) == (2, 1)
