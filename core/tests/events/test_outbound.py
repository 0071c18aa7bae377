import ipaddress
import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from tenon_core.events.outbound import Unreachable, allowed, post

LOCAL = ("127.0.0.0/8",)


def send(url, networks=LOCAL, timeout=5):
    return post(url, b"{}", {"X-Test": "1"}, timeout=timeout, networks=networks)


@contextmanager
def raw_server(answer):
    """A server that answers as `answer(connection)` likes."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        try:
            connection, _address = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(65536)
            with suppress(OSError):
                answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/"
    server.close()
    thread.join(5)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.5", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
     "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
     "::ffff:127.0.0.1", "::ffff:10.0.0.5", "64:ff9b::a00:5", "2002:a00:5::1"],
)  # fmt: skip
def test_own_networks_are_not_called(address):
    assert not allowed(ipaddress.ip_address(address), ())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_called(address):
    assert allowed(ipaddress.ip_address(address), ())


def test_a_network_is_opened_by_the_settings():
    ten = [ipaddress.ip_network("10.1.0.0/16")]
    assert allowed(ipaddress.ip_address("10.1.2.3"), ten)
    assert allowed(ipaddress.ip_address("::ffff:10.1.2.3"), ten)
    assert not allowed(ipaddress.ip_address("10.2.2.3"), ten)


def test_the_private_address_behind_a_name_is_refused(target, monkeypatch):
    for url in (target.url, target.url.replace("127.0.0.1", "localhost")):
        with pytest.raises(Unreachable, match="private address"):
            send(url, networks=())
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: real("127.0.0.1" if host == "innocent.example" else host, *a, **k),
    )
    port = target.url.split(":")[2]
    with pytest.raises(Unreachable, match=r"innocent\.example is the private address 127\.0\.0\.1"):
        send(f"http://innocent.example:{port}", networks=())
    assert target.got == []
    assert send(f"http://innocent.example:{port}").status == 200
    assert target.got[0].headers["Host"].startswith("innocent.example")


def test_redirects_are_an_answer_and_not_followed(target):
    target.status, target.headers = 302, {"Location": target.url}
    assert send(target.url).status == 302
    assert len(target.got) == 1


def test_only_the_beginning_of_an_answer_is_read(target):
    target.body = ("智\0\x1b" * 5000).encode()
    excerpt = send(target.url).excerpt
    assert len(excerpt) < 2001
    assert excerpt.startswith("智��智")


def test_an_answer_that_trickles_ends_in_time():
    def trickle(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            connection.sendall(f"X-{number}: y\r\n".encode())
            time.sleep(0.1)

    began = time.monotonic()
    with raw_server(trickle) as url, pytest.raises(Unreachable, match="No answer within 1 s"):
        send(url, timeout=1)
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/", "x"]
)
def test_what_is_no_server_is_unreachable(url):
    with pytest.raises(Unreachable):
        send(url)


def test_an_answer_that_is_not_http_is_unreachable():
    greeting = raw_server(lambda connection: connection.sendall(b"hello\r\n\r\n"))
    with greeting as url, pytest.raises(Unreachable):
        send(url)
