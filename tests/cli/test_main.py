"""The `earshot` command as a whole: what it lists, what it knows, what a command loads of the others."""

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from cli.main import COMMANDS, app
from tests.support.tree import ROOT


def earshot(*words):
    """Run a command; return how it ended and all that it said."""
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, done.output


@pytest.mark.parametrize("words", [(), ("--help",), ("--help", "analyse"), ("--verbose", "--help")], ids=" ".join)
def test_help_lists_every_command(words):
    _, said = earshot(*words)
    assert set(re.findall(r"^│ (\w+)", said, re.MULTILINE)) == set(COMMANDS)


def test_a_command_in_the_file_of_another_is_known():
    code, said = earshot("settle", "--help")
    assert code == 0
    assert "Find topics anew" in said


def test_a_word_that_is_no_command_is_told_with_the_one_that_was_meant():
    code, said = earshot("analyze")
    assert code == 2
    assert "Did you mean 'analyse'?" in said


def test_labelling_lines_loads_nothing_of_stores_or_of_other_commands():
    script = """
import atexit, sys
atexit.register(lambda: print(*sorted({"stores", "linking", "actions", "apscheduler", "cli.run"} & {*sys.modules})))
from cli.main import run
run()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, "analyse", "-"], cwd=ROOT, input="", capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
