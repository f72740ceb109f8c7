"""What a Markdown page says that can be checked: commands, blocks, paths, settings."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
_SETTING = re.compile(r"\b(?:EARSHOT|ELASTICSEARCH)_[A-Z_]+\b")
_PATH = re.compile(r"\.?[\w-]+(?:[/.][\w.-]+)*/?")
_FILE = re.compile(r".*\.(?:py|md|json|toml|txt|html|css|sh)|Makefile|LICENSE")


def blocks(page: str, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return [match[2] for match in _BLOCK.finditer(page) if match[1] == language]


def commands(page: str) -> Iterator[list[str]]:
    """Yield the words of every command in `console` blocks: the lines after `$ `, without settings and pipes."""
    for block in blocks(page, "console"):
        for line in re.sub(r"\\\n", " ", block).splitlines():
            if line.startswith("$ "):
                yield from _split(line[2:])


def _split(line: str) -> Iterator[list[str]]:
    words = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    words.whitespace_split = True
    command: list[str] = []
    skip = False
    for word in words:
        if set(word) <= set("|&;"):
            yield _without_settings(command)
            command = []
        elif set(word) <= set("<>"):
            skip = True
        elif skip:
            skip = False
        else:
            command.append(word)
    yield _without_settings(command)


def _without_settings(command: list[str]) -> list[str]:
    while command and re.match(r"[A-Z_]+=", command[0]):
        command = command[1:]
    return command


def spoken_commands(page: str) -> list[list[str]]:
    """Return the words of our commands that stand in code spans; they may leave out what is required."""
    prose = _BLOCK.sub("", page)
    return [shlex.split(code) for code in _CODE.findall(prose) if code.startswith(("earshot ", "make ", "python -m "))]


def paths(page: str) -> list[str]:
    """Return what a page names as files and folders, in code spans and links; `NAME.py` stands for any name."""
    prose = _BLOCK.sub("", page)
    codes = [code for code in _CODE.findall(prose) if _PATH.fullmatch(code) and "NAME" not in code]
    named = [code for code in codes if "/" in code or _FILE.fullmatch(code)]
    return named + [link for link in _LINK.findall(prose) if "://" not in link and not link.startswith("mailto:")]


def settings(page: str) -> set[str]:
    """Return the environment variables of ours that a page names."""
    return set(_SETTING.findall(page))
