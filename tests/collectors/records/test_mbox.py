import gzip
import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.operator.files import FileCollector
from collectors.parsing.mail import MAX_HEADER, read_mail
from domain.post import Author
from tests.support.clock import FakeClock

FIRST = "From ann@a.example Fri Nov 20 10:00:00 2026\n"
HEADER = """From: =?utf-8?q?J=C3=B6rg?= <Joerg@A.Example>
To: help@north.example
Subject: Re: No signal
Date: Fri, 20 Nov 2026 11:00:00 +0100
Message-ID: <{number}@a.example>
In-Reply-To: <0@north.example>
"""


def mail(number, body="No signal", header=HEADER, first=FIRST):
    return f"{first}{header.format(number=number)}\n{body}\n\n"


@pytest.fixture
def box(tmp_path):
    return tmp_path / "inbox.mbox"


def read(file, cursor=None, **options):
    """Return the posts, what could not be read, and the cursor behind all."""
    posts, unreadable = [], []
    for batch in FileCollector([file], "jsonl", clock=FakeClock(), source="mail", **options).batches(cursor):
        posts += batch.posts
        unreadable += batch.unreadable
        cursor = batch.cursor
    return posts, unreadable, cursor


def texts(*mails, file):
    file.write_text("".join(mails), encoding="utf-8")
    return [post.text for post in read(file)[0]]


def test_a_mail_becomes_a_post(box):
    box.write_text(mail(1), encoding="utf-8")
    [post], unreadable, _ = read(box)
    assert unreadable == []
    assert (post.source, post.native_id, post.parent_id) == ("mail", "1@a.example", "0@north.example")
    assert (post.title, post.text) == ("Re: No signal", "No signal")
    assert post.created_at == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert post.author == Author(id="joerg@a.example", handle="joerg@a.example", name="Jörg")
    assert post.attributes == {}


def test_what_the_standard_library_writes_is_read(tmp_path, box):
    written = mailbox.mbox(str(box))
    for number in range(3):
        message = EmailMessage()
        message["From"], message["Date"] = "Ann <ann@a.example>", "Fri, 20 Nov 2026 11:00:00 +0100"
        message["Message-ID"], message["Subject"] = f"<{number}@a.example>", "Störung"
        message.set_content(f"From here on: no signal, Tag {number} – überall\n\nFrom ann, 10:00 in 2026")
        message.add_alternative("<p>rich</p>", subtype="html")
        message.add_attachment(b"\x00\x01", maintype="image", subtype="png", filename="x.png")
        written.add(message)
    written.close()
    posts, unreadable, _ = read(box)
    assert [post.native_id for post in posts] == ["0@a.example", "1@a.example", "2@a.example"]
    assert posts[2].text == "From here on: no signal, Tag 2 – überall\n\nFrom ann, 10:00 in 2026"
    assert (posts[0].title, posts[0].attributes, unreadable) == ("Störung", {"attachments": "1"}, [])


def test_mails_added_later_are_read_and_so_is_the_one_that_was_last(box):
    box.write_text(mail(1) + mail(2), encoding="utf-8")
    posts, _, cursor = read(box)
    assert len(posts) == 2
    assert read(box, cursor)[0] == []
    whole = mail(3, body="No signal\n\nin the cellar")
    with box.open("a", encoding="utf-8") as target:
        target.write(whole[:-20])
    _, _, cursor = read(box, cursor)
    with box.open("a", encoding="utf-8") as target:
        target.write(whole[-20:] + mail(4))
    posts, unreadable, _ = read(box, cursor)
    assert [(post.native_id, post.text) for post in posts] == [
        ("3@a.example", "No signal\n\nin the cellar"),
        ("4@a.example", "No signal"),
    ]
    assert unreadable == []


def test_pages_can_be_resumed_and_gzip_is_read(tmp_path):
    box = tmp_path / "old.mbox.gz"
    box.write_bytes(gzip.compress("".join(map(mail, range(5))).encode()))
    source = FileCollector([tmp_path], "jsonl", clock=FakeClock(), page_size=2)
    batches = list(source.batches(None))
    assert [len(batch.posts) for batch in batches] == [2, 2, 1]
    assert list(source.batches(batches[0].cursor)) == batches[1:]


def test_rich_text_is_read_where_there_is_no_other(box):
    header = HEADER + 'MIME-Version: 1.0\nContent-Type: text/html; charset="utf-8"\n'
    body = '<p>Kein <b>Netz</b></p><div class="gmail_quote">On Friday we wrote:<p>hello</p></div>'
    assert texts(mail(1, body, header), file=box) == ["Kein Netz"]
    assert texts(mail(1, '<blockquote type="cite">all of it</blockquote>', header), file=box) == ["all of it"]


def test_an_encoding_that_nobody_knows_breaks_nothing(box):
    header = HEADER + "MIME-Version: 1.0\nContent-Type: text/plain; charset=x-klingon\n"
    assert texts(mail(1, "No signal", header), file=box) == ["No signal"]


def test_references_say_what_is_answered_where_nothing_else_does(box):
    header = HEADER.replace("In-Reply-To: <0@north.example>", "References: <a@x> <b@x>\n\t<c@x>")
    box.write_text(mail(1, header=header), encoding="utf-8")
    assert read(box)[0][0].parent_id == "c@x"


def test_a_mail_of_a_machine_says_so(box):
    box.write_text(mail(1, header=HEADER + "Auto-Submitted: auto-replied (vacation)\n"), encoding="utf-8")
    assert read(box)[0][0].author.is_bot is True


def test_what_is_missing_is_named_with_its_line(box):
    dateless = HEADER.replace("Date: Fri, 20 Nov 2026 11:00:00 +0100", "Date: soon")
    unnamed = HEADER.replace("Message-ID: <{number}@a.example>\n", "")
    box.write_text(mail(1, header=dateless) + mail(2, header=unnamed) + mail(3), encoding="utf-8")
    posts, unreadable, _ = read(box)
    assert [post.native_id for post in posts] == ["3@a.example"]
    assert [(error.where, error.reason) for error in unreadable] == [
        (f"{box}:1", "created_at: 'soon' is not a time"),
        (f"{box}:11", "there is no id (looked in 'message_id')"),
    ]


def test_a_file_that_is_no_mbox_is_named_once(box):
    box.write_text("just\nsome\n\nlines\n", encoding="utf-8")
    posts, [error], cursor = read(box)
    assert posts == []
    assert "no mbox" in error.reason
    assert read(box, cursor)[:2] == ([], [])


def test_a_mail_longer_than_we_read_keeps_its_text(box):
    header = HEADER + 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'
    attached = "--b\nContent-Type: image/png\nContent-Disposition: attachment\n\n" + "QUJD" * 19 + "\n"
    body = "--b\nContent-Type: text/plain\n\nNo signal\n" + attached + ("x" * 76 + "\n") * 230_000
    assert texts(mail(1, body, header), mail(2), file=box) == ["No signal", "No signal"]


@given(st.binary(max_size=400), st.sampled_from(["From", "Date", "Content-Type", "Message-ID", "Subject", "X"]))
def test_no_mail_raises_anything_else(junk, field):
    for source in (junk, f"{field}: ".encode() + junk, f"{field}: x\n\n".encode() + junk):
        try:
            assert isinstance(read_mail(source)["text"], str)
        except ValueError as error:
            assert str(error)  # noqa: PT017


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 1 Jan 99999999999999999999 00:00:00 +0000",
        "Fri, 20 Nov 2026 11:00:00 +99999999999999999999",
        "Fri, 99999999999999999999 Nov 2026 11:00:00 +0100",
        "Fri, 20 Nov 2026 99999999999999999999:00:00 +0100",
    ],
)
def test_a_date_that_no_calendar_has_costs_its_own_mail_alone(box, date):
    odd = HEADER.replace("Fri, 20 Nov 2026 11:00:00 +0100", date)
    box.write_text(mail(1) + mail(2, header=odd) + mail(3), encoding="utf-8")
    posts, [error], cursor = read(box)
    assert [post.native_id for post in posts] == ["1@a.example", "3@a.example"]
    assert error.where == f"{box}:11"
    assert read(box, cursor)[:2] == ([], [])


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "unicode_escape", "hex"])
def test_an_encoding_that_is_none_of_texts_breaks_nothing(box, charset):
    header = HEADER + f"MIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n"
    assert texts(mail(1, "No signal", header), mail(2), file=box) == ["No signal", "No signal"]


def test_of_parts_within_parts_the_text_is_read_and_the_rest_is_not(box):
    header = HEADER + 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n'
    nest = "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(20_000))
    body = f"--b\nContent-Type: text/plain\n\nNo signal\n--b\nContent-Type: multipart/mixed; boundary=b0\n\n{nest}"
    assert texts(mail(1, body, header), mail(2), file=box) == ["No signal", "No signal"]


def test_a_long_header_is_read_as_far_as_headers_go(box):
    header = HEADER.replace("Re: No signal", "No signal " * 10_000) + f"References: {'<x@y> ' * 10_000}<last@z>\n"
    box.write_text(mail(1, header=header.replace("In-Reply-To: <0@north.example>\n", "")), encoding="utf-8")
    [post], _, _ = read(box)
    assert post.title == ("No signal " * 10_000)[:MAX_HEADER].strip()
    assert post.parent_id == "last@z"
