"""What is logged, for people and for machines, and that no secret is in it."""

import json
import logging

import pytest

from cli.screen import LogForm, log_to_screen, say
from domain.setting import Secret

LOGGER = logging.getLogger("pipeline.somewhere")


@pytest.fixture(autouse=True)
def as_before():
    yield
    log_to_screen()


def fail():
    """Log an error whose words, arguments and traceback hold secrets."""
    try:
        raise ValueError("https://ann:pa55@a.example/feed?key=k3y is odd\nand more")
    except ValueError:
        LOGGER.exception("with %s and %s", Secret("t0ken"), "wss://a.example/s?token=t0ken")


def test_json_has_a_record_a_line_with_its_traceback_and_no_secret(capsys):
    log_to_screen(LogForm.json)
    fail()
    say("2 posts added")
    LOGGER.info("nobody asked for this")
    err = capsys.readouterr().err
    failed, said = map(json.loads, err.splitlines())
    assert (failed["level"], failed["logger"]) == ("ERROR", "pipeline.somewhere")
    assert failed["message"] == "with Secret('***') and wss://a.example/s"
    assert "ValueError: https://a.example/feed is odd\nand more" in failed["exc_info"]
    assert (said["level"], said["logger"], said["message"]) == ("INFO", "earshot", "2 posts added")
    assert [secret for secret in ("pa55", "k3y", "t0ken") if secret in err] == []


def test_text_is_for_people(capsys):
    log_to_screen(LogForm.text)
    fail()
    say("2 posts added")
    err = capsys.readouterr().err
    assert "ERROR pipeline.somewhere: with Secret('***') and wss://a.example/s\nTraceback" in err
    assert err.endswith("\n2 posts added\n")
    assert [secret for secret in ("pa55", "k3y", "t0ken") if secret in err] == []


def test_changing_the_form_leaves_one_line_for_each_record(capsys):
    for form in (LogForm.text, LogForm.json, LogForm.text):
        log_to_screen(form)
    LOGGER.warning("once")
    assert capsys.readouterr().err.count("once") == 1
