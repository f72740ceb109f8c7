import gzip
import logging
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Lock

import httpx
import pytest

from domain.errors import SourceBusy, SourceError, SourceRefused
from tests.support.clock import FakeClock
from tests.support.misbehaving import Says
from transport.http import JSON_TYPES, ON_FAILURE, ON_STATUS, Request, Web
from transport.rate_limit import RateLimiter
from transport.retry import Retry

JSON = {"Content-Type": "application/json"}
GOOD = Says(headers=JSON, body=b'{"fine": true}')
SECRET = "s3cr3t-k3y"


@pytest.fixture
def web(clock):
    with Web(clock=clock, allow_private=True, chance=lambda: 1.0) as web:
        yield web


@pytest.fixture
def ask(server, web):
    def ask(path="/", **options):
        server.answer = lambda asked: GOOD
        return web.ask_json(Request(url=server.url + path, types=JSON_TYPES, **options))

    return ask


def web_of(answer, **options):
    return Web(
        **({"clock": FakeClock(), "http_transport": httpx.MockTransport(answer), "allow_private": True} | options)
    )


@pytest.mark.parametrize(
    ("trouble", "slept"),
    [
        pytest.param(Says(status=429, headers={"Retry-After": "17"}), 17, id="429 in seconds"),
        pytest.param(
            Says(status=429, headers={"Retry-After": "Sun, 22 Nov 2026 12:00:40 GMT"}), 40, id="429 with a date"
        ),
        pytest.param(Says(status=503, headers={"Retry-After": "a while"}), 1, id="503 without a usable time"),
        pytest.param(Says(status=500), 1, id="500"),
        pytest.param(Says(headers=JSON, body=b'{"fine": true}', cut=5), 1, id="a body cut in the middle"),
        pytest.param(Says(headers=JSON, body=b'{"fine": tr'), 1, id="half a document"),
        pytest.param(Says(headers=JSON), 1, id="nothing at all"),
        pytest.param(Says(headers={"Content-Type": "text/html"}, body=b"slow down"), 1, id="another content type"),
        pytest.param(Says(body=b"{}"), 1, id="no content type"),
        pytest.param(Says(headers=JSON | {"Content-Encoding": "gzip"}, body=b"{}"), 1, id="not compressed as it says"),
    ],
)
def test_trouble_that_passes_is_waited_for(server, clock, ask, trouble, slept):
    server.trouble.append(trouble)
    found, _ = ask()
    assert found == {"fine": True}
    assert len(server.asked) == 2
    assert clock.slept == [slept]


def test_the_wait_doubles_up_to_a_cap_and_the_tries_end(server, clock, ask):
    server.trouble.extend([Says(status=500)] * 9)
    with pytest.raises(SourceBusy, match="answered 500"):
        ask()
    assert clock.slept == [1, 2, 4, 8]
    assert len(server.asked) == 5


def test_a_wait_beyond_our_patience_is_handed_on(server, clock, ask):
    server.trouble.append(Says(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(SourceBusy) as caught:
        ask()
    assert caught.value.retry_after_s == 3600
    assert clock.slept == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 204, 302, 304, 501])
def test_a_no_is_a_no_at_once(server, clock, ask, status):
    server.trouble.append(Says(status=status, headers={"Location": "/elsewhere"}))
    with pytest.raises(SourceRefused, match=f"answered {status}: .*"):
        ask()
    assert len(server.asked) == 1


def test_a_status_that_the_caller_understands_is_an_answer(server, ask):
    server.trouble.append(Says(status=404))
    found, reply = ask(also=(404,))
    assert (found, reply.status) == (None, 404)


def test_nobody_at_home_is_busy(clock):
    with (
        Web(clock=clock, allow_private=True, retry=Retry(left=1)) as web,
        pytest.raises(SourceBusy, match="no connection"),
    ):
        web.ask(Request(url="http://127.0.0.1:1/", types=JSON_TYPES))
    assert len(clock.slept) == 1


def test_every_failure_of_the_client_library_is_ours():
    def fail_with(kind):
        def answer(request):
            raise kind(f"Broken for {request.url}")

        return answer

    pending = [httpx.RequestError]
    while pending:
        kind = pending.pop()
        pending += kind.__subclasses__()
        with web_of(fail_with(kind), retry=Retry(left=0)) as web, pytest.raises((SourceBusy, SourceRefused)) as caught:
            web.ask(Request(url=f"https://a.example/x?key={SECRET}", types=JSON_TYPES))
        assert SECRET not in str(caught.value)
        assert caught.value.__cause__ is None
    assert all(issubclass(kind, httpx.RequestError) for kind in ON_FAILURE)


def test_an_answer_without_end_is_given_up():
    def answer(request):
        return httpx.Response(200, headers=JSON, content=(b"x" * 1000 for _ in range(10**9)))

    with web_of(answer, max_bytes=50_000) as web, pytest.raises(SourceRefused, match="more than 50000 bytes"):
        web.ask(Request(url="https://a.example/", types=JSON_TYPES))


def test_a_compressed_answer_counts_unpacked():
    body = gzip.compress(b"0" * 1_000_000)

    def answer(request):
        return httpx.Response(200, headers=JSON | {"Content-Encoding": "gzip"}, stream=httpx.ByteStream(body))

    with web_of(answer, max_bytes=50_000) as web, pytest.raises(SourceRefused, match="more than 50000 bytes"):
        web.ask(Request(url="https://a.example/", types=JSON_TYPES))


def test_what_is_packed_more_than_once_is_not_unpacked():
    body = gzip.compress(gzip.compress(b"{}"))

    def answer(request):
        return httpx.Response(200, headers=JSON | {"Content-Encoding": "gzip, gzip"}, stream=httpx.ByteStream(body))

    with web_of(answer) as web, pytest.raises(SourceRefused, match="packed more than once"):
        web.ask(Request(url="https://a.example/", types=JSON_TYPES))


def test_an_answer_that_drips_is_given_up():
    clock = FakeClock()

    def drops():
        while True:
            clock.sleep(29)
            yield b" "

    def answer(request):
        return httpx.Response(200, headers=JSON, content=drops())

    with web_of(answer, clock=clock, retry=Retry(left=0)) as web, pytest.raises(SourceBusy, match="more than 300 s"):
        web.ask(Request(url="https://a.example/", types=JSON_TYPES))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2026-11-22T12:00:30Z"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1795348830"},
        {"RateLimit-Remaining": "0", "RateLimit-Reset": "30"},
        {"RateLimit": '"default";r=0;t=30'},
    ],
)
def test_the_limits_that_an_answer_states_are_kept(server, clock, ask, headers):
    server.trouble.append(Says(headers=JSON | headers, body=b"{}"))
    ask()
    assert clock.slept == []
    ask()
    assert clock.slept == [30]


def test_a_limit_far_ahead_is_handed_on(server, ask):
    server.trouble.append(Says(headers=JSON | {"RateLimit-Remaining": "0", "RateLimit-Reset": "9999"}, body=b"{}"))
    ask()
    with pytest.raises(SourceBusy) as caught:
        ask()
    assert caught.value.retry_after_s == 9999


def test_redirects_are_followed_only_where_stated(server, ask):
    server.trouble.append(Says(status=301, headers={"Location": "/new?page=2"}))
    assert ask(redirects=1)[0] == {"fine": True}
    assert (server.asked[-1].path, server.asked[-1].query) == ("/new", {"page": "2"})
    server.trouble.extend([Says(status=302, headers={"Location": "/round"})] * 3)
    with pytest.raises(SourceRefused, match="sends us elsewhere"):
        ask(redirects=2)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("https://intranet.example/", "not a public address"),
        ("http://public.example/", "redirects from https to http"),
        ("file:///etc/passwd", "redirects from https to file"),
    ],
)
def test_a_redirect_is_checked_like_an_address_of_ours(target, reason):
    addresses = {"public.example": ["93.184.216.34"], "intranet.example": ["10.0.0.7"]}

    def answer(request):
        assert request.url.host == "public.example"
        return httpx.Response(302, headers={"Location": target})

    with (
        web_of(answer, allow_private=False, resolve=addresses.__getitem__) as web,
        pytest.raises(SourceRefused, match=reason),
    ):
        web.ask(Request(url="https://public.example/feed", types=JSON_TYPES, redirects=3))


@pytest.mark.parametrize("private", [False, True], ids=["public", "private allowed"])
@pytest.mark.parametrize(
    "target",
    [
        "http://xn--.evil.example/",
        f"http://{'a' * 300}.example/",
        "http://.evil.example/",
        "http://a..b/",
        "http://xn--0.example/",
        "http://xn--a.example/",
        "http://[::1/",
        "http://a:99999/",
        "http://%00/",
        "http://a\x00b/",
        "http:///",
        "http://",
        "//[",
    ],
)
def test_a_redirect_to_a_host_that_is_none_is_one_sentence(server, target, private):
    server.answer = lambda asked: Says(status=302, headers={"Location": target})
    transport = httpx.MockTransport(lambda request: httpx.Response(302, headers={"Location": target}))
    options = (
        {"allow_private": True} if private else {"http_transport": transport, "resolve": lambda host: ["93.184.216.34"]}
    )
    with (
        Web(clock=FakeClock(), chance=lambda: 0.0, **options) as web,
        pytest.raises((SourceRefused, SourceBusy)) as caught,
    ):
        web.ask(Request(url=server.url if private else "http://public.example/", types=JSON_TYPES, redirects=3))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "host", ["xn--.evil.example", "a" * 300 + ".example", ".evil.example", "xn--a.example", "a..b"]
)
def test_an_address_whose_host_is_none_is_one_sentence(host):
    with Web(clock=FakeClock(), allow_private=True, chance=lambda: 0.0) as web, pytest.raises(SourceError):
        web.ask(Request(url=f"https://{host}/feed?key={SECRET}", types=JSON_TYPES))


@pytest.mark.parametrize(
    "headers",
    [
        {"X-App-Usage": '{"call_count": 100, "estimated_time_to_regain_access": 1e999}'},
        {"X-App-Usage": "[" * 20_000},
        {"Retry-After": "9" * 5_000},
        {"Retry-After": "Fri, 99 Foo 99999 99:99:99 +9999"},
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1e308"},
        {"RateLimit": "r=0;t=999999999999"},
    ],
)
def test_headers_that_make_no_sense_end_in_a_sentence_at_worst(headers):
    with web_of(lambda request: httpx.Response(200, headers=JSON | headers, content=b"{}")) as web:
        try:
            web.ask(Request(url="https://a.example/", types=JSON_TYPES))
            web.ask(Request(url="https://a.example/", types=JSON_TYPES))
        except SourceError as error:
            assert str(error)  # noqa: PT017 - either is fine


def test_whatever_the_client_library_throws_is_one_sentence():
    def answer(request):
        raise KeyError(f"https://a.example/?key={SECRET}")

    with web_of(answer) as web, pytest.raises(SourceRefused) as caught:
        web.ask(Request(url=f"https://a.example/feed?key={SECRET}", types=JSON_TYPES))
    assert str(caught.value) == "https://a.example/feed gave an answer that cannot be read (KeyError)"


@pytest.mark.parametrize("depth", [70, 100_000])
def test_json_that_is_nested_without_an_end_is_refused(depth):
    body = b"[" * depth + b"]" * depth
    answer = httpx.Response(200, headers=JSON, content=body)
    with web_of(lambda request: answer) as web, pytest.raises(SourceRefused, match="nested more than 64 deep"):
        web.ask_json(Request(url="https://a.example/", types=JSON_TYPES))


def test_a_token_stays_with_the_server_that_it_is_for():
    seen = []

    def answer(request):
        seen.append((request.url.host, request.headers.get("authorization")))
        onward = [None, "https://a.example/next", "https://b.example/", None][len(seen)]
        if onward:
            return httpx.Response(302, headers={"Location": onward})
        return httpx.Response(200, headers=JSON, content=b"{}")

    with web_of(answer) as web:
        headers = {"Authorization": f"Bearer {SECRET}"}
        web.ask(Request(url="https://a.example/", types=JSON_TYPES, headers=headers, redirects=3))
    assert seen == [("a.example", f"Bearer {SECRET}"), ("a.example", f"Bearer {SECRET}"), ("b.example", None)]


def test_we_say_who_we_are(server, ask):
    ask()
    assert server.asked[0].headers["user-agent"].startswith("Earshot/")


@pytest.mark.parametrize("status", [200, 401, 429, 500])
def test_no_secret_reaches_logs_or_errors(server, clock, caplog, status):
    caplog.set_level(logging.DEBUG)
    body = Says(status=status, headers=JSON, body=b"{}")
    server.answer = lambda asked: body
    request = Request(
        url=f"{server.url.replace('http://', f'http://user:{SECRET}@')}/timeline?key={SECRET}",
        params={},
        types=JSON_TYPES,
        headers={"Authorization": f"Bearer {SECRET}"},
    )
    told = ""
    with Web(clock=clock, allow_private=True) as web:
        try:
            told = repr(web.ask(request))
        except (SourceBusy, SourceRefused) as error:
            told = f"{error!r} {error}"
    assert server.asked[0].query == {"key": SECRET}
    assert "/timeline" in caplog.text
    assert SECRET not in f"{caplog.text} {told} {request!r}"


def test_the_table_of_statuses_says_more_than_its_class():
    assert {status for status, (error, _) in ON_STATUS.items() if error is SourceBusy} == {408, 425, 429}


def test_what_is_posted_arrives_and_the_account_keeps_its_own_limit(server, clock, ask):
    assert ask("/search", document={"query": "signal"}, account="ours")[0] == {"fine": True}
    assert server.asked[-1].document == {"query": "signal"}
    ask("/token", form={"grant_type": "client_credentials"})
    assert server.asked[-1].form == {"grant_type": "client_credentials"}
    server.trouble.append(Says(headers=JSON | {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9"}, body=b"{}"))
    ask("/a", account="ours")
    ask("/b", account="theirs")
    assert clock.slept == []
    ask("/c", account="ours")
    assert clock.slept == [9]


def test_what_is_posted_goes_nowhere_else(server, ask):
    moved = {"Location": "http://other.example/"}
    server.trouble.append(Says(status=307, headers=moved))
    with pytest.raises(SourceRefused, match="elsewhere"):
        ask("/search", document={"query": "signal"}, redirects=1)


def test_what_a_reader_calls_busy_is_waited_for(server, clock, web):
    def reader(reply):
        if reply.status == 400:
            raise SourceBusy("it says so in the body", retry_after_s=9)
        return reply.body

    server.answer = lambda asked: GOOD
    server.trouble.append(Says(status=400, body=b"slow down"))
    assert web.read(Request(url=server.url, types=JSON_TYPES, also=(400,)), reader) == GOOD.body
    assert clock.slept == [9]


def test_sources_that_share_a_limiter_stay_within_the_limit_together():
    """Four at once, one answer a request allowed every two seconds, six requests each: none comes too early."""
    clock, limiter, times, at_work = FakeClock(), RateLimiter(), [], Lock()

    def answer(_request):
        assert at_work.acquire(blocking=False), "two requests of one account were under way at once"
        times.append(clock.now())
        at_work.release()
        return httpx.Response(200, headers=JSON, content=b"{}")

    def asks():
        with web_of(answer, clock=clock, limiter=limiter) as web:
            for _ in range(6):
                web.ask(Request(url="https://a.example/", types=JSON_TYPES, pace_s=2))

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(asks) for _ in range(4)]:
            done.result()
    assert len(times) == 24
    assert min((later - earlier).total_seconds() for earlier, later in pairwise(times)) >= 2


def test_who_is_told_to_wait_tells_the_others():
    clock, limiter, options = FakeClock(), RateLimiter(), {"headers": JSON, "content": b"{}"}
    told = web_of(lambda _: httpx.Response(429, headers={"Retry-After": "40"}), limiter=limiter, retry=Retry(left=0))
    other = web_of(lambda _: httpx.Response(200, **options), clock=clock, limiter=limiter)
    with told, other:
        with pytest.raises(SourceBusy):
            told.ask(Request(url="https://a.example/", types=JSON_TYPES))
        other.ask(Request(url="https://b.example/", types=JSON_TYPES))
        assert clock.slept == []
        other.ask(Request(url="https://a.example/", types=JSON_TYPES))
    assert clock.slept == [40]


def test_a_name_that_leads_elsewhere_after_the_look_up_is_not_read(server, clock, monkeypatch):
    monkeypatch.setattr("transport.addresses.getproxies", dict)
    server.answer = lambda asked: GOOD
    with (
        Web(clock=clock, resolve=lambda _host: ["93.184.216.34"]) as web,
        pytest.raises(SourceRefused, match="answered from a private network"),
    ):
        web.ask(Request(url=server.url.replace("127.0.0.1", "localhost"), types=JSON_TYPES))
