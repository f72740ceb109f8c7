import pytest

from domain.errors import SourceBusy, SourceRefused
from transport.addresses import check_address, is_public


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::10.0.0.1"),
        *("::127.0.0.1", "fec0::1", "64:ff9b:1::a00:1", "::ffff:0:127.0.0.1", "100::1", "5f00::1"),
    ],
)
def test_addresses_inside_are_not_public(address):
    assert not is_public(address)
    with pytest.raises(SourceRefused, match="allow_private"):
        check_address("https://feeds.example/", allow_private=False, resolve=lambda host: ["93.184.216.34", address])


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_addresses_outside_are(address):
    assert is_public(address)
    assert (
        check_address("https://a.example:8443/x", allow_private=False, resolve=lambda h: [address]) == "a.example:8443"
    )


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.example/", "a.example", "https://", "http://[::1", "gopher:x"]
)
def test_only_http_with_a_host_is_asked(url):
    with pytest.raises(SourceRefused):
        check_address(url, allow_private=True)


@pytest.mark.parametrize(
    "url", ["http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://localhost/", "http://[::1]/"]
)
def test_other_spellings_of_loopback_are_refused(url):
    with pytest.raises((SourceRefused, SourceBusy)):
        check_address(url, allow_private=False)


def test_a_name_that_cannot_be_found_is_busy():
    def nothing(host):
        raise OSError

    with pytest.raises(SourceBusy, match=r"a\.example cannot be found"):
        check_address("https://a.example/", allow_private=False, resolve=nothing)


def test_no_address_at_all_is_refused():
    with pytest.raises(SourceRefused):
        check_address("https://a.example/", allow_private=False, resolve=lambda host: [])


def test_a_name_is_looked_up_as_it_is_asked():
    asked = []
    check_address("https://faß.example/", allow_private=False, resolve=lambda host: asked.append(host) or ["9.9.9.9"])
    assert asked == ["xn--fa-hia.example"]
