"""Posts from files: CSV, JSON, mbox (gzip too), Excel and Parquet, read as streams and never twice without need.

Per file the cursor holds how many lines are behind us, and what tells whether the file is still
the same: its size, the time of its last change, and a hash of its first and of its last bytes.

- unchanged and read to its end: skipped after a look at these;
- longer than it was, with the old part's first and last bytes in place: goes on behind the old part;
- anything else: another file under the same name, read from its start.

Not noticed: a file that grew *and* was changed in the middle of its old part.

A file called `deletes.jsonl`, or `NAME.deletes.jsonl`, names what must go: `{"id": "77"}` a post,
`{"author": "ann"}` all posts of an author, with `source` and `instance` where they are not the usual ones.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from collectors.parsing.values import as_text
from collectors.records.layout import Layout
from collectors.records.posts import read_post_mapping, to_post
from collectors.records.stream import MBOX_ENDING, Reading, read_records
from domain.errors import InputError, RecordUnreadable
from domain.ports import Batch
from domain.post import Deletion, Post
from domain.setting import setting
from domain.terms import Terms
from transport.foreign import recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from collectors.records.mapping import ColumnMapping
    from domain.ports import Clock

ENDINGS: Final = (
    ".csv",
    ".tsv",
    ".txt",
    ".jsonl",
    ".ndjson",
    ".json",
    ".xlsx",
    ".xlsm",
    ".xls",
    ".parquet",
    MBOX_ENDING,
)
"""How files end that are read from a folder, with or without `.gz`."""

PAGE_CHARACTERS: Final = 8_000_000
"""A page ends early once its texts are this long together."""

DELETES: Final = "deletes.jsonl"

MOST_RECENT: Final = 50_000
"""Posts of a file whose ids are known, so that another one with the same id is told."""
SAME_POST: Final = "with the id and the text of an earlier one of its file: one post"
OTHER_TEXT: Final = "with the id of an earlier one of its file and another text: the last one stays"

LOOKED_AT: Final = 20
"""Records of a file whose columns are looked at for what the mapping drops."""

_EDGE_BYTES: Final = 4096


@dataclass(frozen=True, kw_only=True)
class FileSettings:
    """A source of files in the configuration."""

    path: tuple[str, ...] = setting(help="Files or folders of CSV, JSON, mbox, Excel or Parquet")
    mapping: str = setting(default="jsonl", help="Name of a built-in mapping, or a file with one")
    source: str = setting(default="file", help="What the source is called where the records do not say")


class FileCollector:
    """Collects posts from files and folders.

    `on_progress` is told bytes read and bytes in all, over all files, as they lie on the disk. Files
    are not listened to: that nothing came says nothing of the hours.
    """

    terms = Terms()
    listens = False

    def __init__(
        self,
        paths: Sequence[Path],
        mapping: ColumnMapping | str,
        *,
        clock: Clock,
        source: str = "file",
        called: str = "",
        page_size: int = 500,
        watched: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._mapping = read_post_mapping(mapping) if isinstance(mapping, str) else mapping
        self._mail = read_post_mapping("mbox")
        self._paths = tuple(paths)
        self._watched = watched
        self._source = source
        self._page_size = page_size
        self._clock = clock
        self._on_progress = on_progress or (lambda _read, _total: None)
        self._closed: set[str] = set()
        places = "\n".join(sorted(str(path.resolve()) for path in paths))
        digest = hashlib.sha256(places.encode("utf-8", "surrogateescape")).hexdigest()[:8]
        self.called = called or source
        """What it is called in the configuration: its name says what its records are called."""
        self.name = f"file:{source}:{self._mapping.name}-{self._mapping.revision}:{digest}"

    def batches(self, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Yield the pages after a cursor; a page comes from one file.

        A file in a folder that may not be read is named, once, and keeps none of the others away.

        Raises:
            InputError: a path does not exist, may not be read, or is a folder without such files.
        """
        files = _files(self._paths, may_be_empty=self._watched)
        known = (cursor or {}).get("files", {})
        # Links in folders to files elsewhere are not read: who may write into a folder may not read all that we may.
        outside = [file for path in self._paths if path.is_dir() for file in _named(path) if not _is_inside(file, path)]
        left_out = [file for file in outside if str(file) not in self._closed]
        states = {key: known[key] for key in map(_key, files) if key in known}
        sizes = []
        for file in files:
            try:
                sizes.append(file.stat().st_size)
            except OSError:
                # It has gone since it was found.
                sizes.append(0)
        if left_out:
            self._closed.update(map(str, left_out))
            reason = "a link to a file outside of the folder; not read"
            unreadable = tuple(RecordUnreadable(str(file), reason) for file in left_out)
            yield Batch(unreadable=unreadable, cursor={"files": dict(states)})
        total, done = sum(sizes), 0
        for file, size in zip(files, sizes, strict=True):
            try:
                for page in self._pages(file, states, partial(self._tell, done, total)):
                    states[_key(file)] = page.state
                    yield page.batch({"files": dict(states)})
            except (InputError, OSError) as error:
                reason = str(error) if isinstance(error, InputError) else f"{file} cannot be read: {error.strerror}"
                if file in self._paths:
                    raise InputError(reason) from None
                if _key(file) not in self._closed:
                    self._closed.add(_key(file))
                    yield Batch(unreadable=(RecordUnreadable(str(file), reason),), cursor={"files": dict(states)})
            done += size
            self._tell(done, total, 0)

    def dropped_columns(self) -> list[str]:
        """Return the columns that the mapping drops, as the first records of each file have them."""
        found: dict[str, None] = {}
        for file in _files(self._paths, may_be_empty=self._watched):
            if not _names_deletions(_bare_name(file)) and not _bare_name(file).endswith(MBOX_ENDING):
                for _, reading in islice(read_records(file, layout=self._mapping.layout), LOOKED_AT):
                    if not isinstance(reading, RecordUnreadable):
                        found |= dict.fromkeys(self._mapping.dropped(reading))
        return list(found)

    def _tell(self, done: int, total: int, read: int) -> None:
        # Files may grow while they are read; a bar above 100 % helps nobody.
        self._on_progress(min(done + read, total), total)

    def _pages(self, file: Path, states: Mapping[str, Any], on_read: Callable[[int], None]) -> Iterator[_FilePage]:
        state = _FileState.of(states.get(_key(file), {}))
        with file.open("rb") as raw:
            fresh = _FileState.at_start(raw, file)
            if state.done and state.same_moment(fresh):
                return
            after_line = state.line if state.continues_in(raw, fresh) else 0
        layout = Layout() if _names_deletions(_bare_name(file)) else self._mapping.layout
        readings = read_records(file, after_line=after_line, on_read=on_read, layout=layout)
        recent = _Recent()
        page = _FilePage(fresh.at(after_line), recent)
        read = partial(self._read, _bare_name(file), now=self._clock.now())
        for behind, reading in readings:
            page.add(read(reading, page.notes), fresh.at(behind))
            if page.full(self._page_size):
                yield page
                page = _FilePage(fresh.at(behind), recent)
        page.state = {**page.state, "done": True}
        yield page

    def _read(
        self, name: str, reading: Reading, notes: Counter[str], *, now: datetime
    ) -> Post | Deletion | RecordUnreadable:
        if isinstance(reading, RecordUnreadable):
            return reading
        try:
            with recorded(reading.where):
                if not _names_deletions(name):
                    mapping = self._mail if name.endswith(MBOX_ENDING) else self._mapping
                    return to_post(reading, mapping, source=self._source, now=now, notes=notes)
                usual = self._mapping.constants
                told = {key: as_text(reading.values.get(key)) for key in ("id", "author", "source", "instance")}
                if not told["id"] and not told["author"]:
                    raise RecordUnreadable(reading.where, "there is no id and no author to delete")
                return Deletion(
                    source=told["source"] or usual.get("source") or self._source,
                    instance=told["instance"] or usual.get("instance") or "",
                    native_id=told["id"],
                    author_id=None if told["id"] else told["author"],
                )
        except RecordUnreadable as error:
            return error


class _Recent:
    """The last posts that were read of a file: what they said, by their ids."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}

    def note(self, post: Post) -> str | None:
        """Return what is to be said of a post that has the id of an earlier one."""
        text, before = hash(post.text), self._texts.pop(post.id, None)
        self._texts[post.id] = text
        if len(self._texts) > MOST_RECENT:
            del self._texts[next(iter(self._texts))]
        if before is None:
            return None
        return SAME_POST if before == text else OTHER_TEXT


class _FilePage:
    """A page that is being filled. Of posts with the same id the last one stays."""

    def __init__(self, state: Mapping[str, Any], recent: _Recent) -> None:
        self.state = state
        self.notes: Counter[str] = Counter()
        self._recent = recent
        self._posts: dict[str, Post] = {}
        self._deletions: list[Deletion] = []
        self._unreadable: list[RecordUnreadable] = []
        self._characters = 0

    def add(self, item: Post | Deletion | RecordUnreadable, state: Mapping[str, Any]) -> None:
        self.state = state
        if isinstance(item, RecordUnreadable):
            self._unreadable.append(item)
        elif isinstance(item, Deletion):
            self._deletions.append(item)
        else:
            if (note := self._recent.note(item)) is not None:
                self.notes[note] += 1
            self._posts[item.id] = item
            self._characters += len(item.text)

    def full(self, size: int) -> bool:
        count = len(self._posts) + len(self._deletions) + len(self._unreadable)
        return count >= size or self._characters >= PAGE_CHARACTERS

    def batch(self, cursor: Mapping[str, Any]) -> Batch:
        posts, deletions, unreadable = tuple(self._posts.values()), tuple(self._deletions), tuple(self._unreadable)
        return Batch(posts=posts, deletions=deletions, unreadable=unreadable, cursor=cursor, notes=dict(self.notes))


@dataclass(frozen=True, kw_only=True)
class _FileState:
    """Where we are in a file, and what the file was like when it was opened."""

    line: int = 0
    done: bool = False
    size: int = -1
    changed_ns: int = 0
    edges: str = ""

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> _FileState:
        return cls(**state)

    @classmethod
    def at_start(cls, raw: BinaryIO, file: Path) -> _FileState:
        stat = file.stat()
        return cls(size=stat.st_size, changed_ns=stat.st_mtime_ns, edges=_edges(raw, stat.st_size))

    def at(self, line: int) -> dict[str, Any]:
        return {"line": line, "done": False, "size": self.size, "changed_ns": self.changed_ns, "edges": self.edges}

    def same_moment(self, fresh: _FileState) -> bool:
        return (self.size, self.changed_ns, self.edges) == (fresh.size, fresh.changed_ns, fresh.edges)

    def continues_in(self, raw: BinaryIO, fresh: _FileState) -> bool:
        return self.same_moment(fresh) or (0 <= self.size < fresh.size and self.edges == _edges(raw, self.size))


def _edges(raw: BinaryIO, size: int) -> str:
    """Return a hash of the first and the last 4 KB among the first `size` bytes of a file."""
    raw.seek(0)
    digest = hashlib.sha256(raw.read(min(_EDGE_BYTES, size)))
    raw.seek(max(size - _EDGE_BYTES, 0))
    digest.update(raw.read(min(_EDGE_BYTES, size)))
    return digest.hexdigest()[:16]


def _key(file: Path) -> str:
    return str(file.resolve())


def _files(paths: Sequence[Path], *, may_be_empty: bool) -> list[Path]:
    """Return the files at the paths, those of folders by name, each once; what names deletions comes last."""
    found: dict[str, Path] = {}
    for path in paths:
        files = [path]
        if path.is_dir():
            files = [file for file in _named(path) if _is_inside(file, path)]
            if not files and not may_be_empty:
                raise InputError(f"there is no file in {path} that ends in {', '.join(ENDINGS)}, with or without .gz")
        for file in files:
            if not file.exists():
                raise InputError(f"{file} does not exist")
            found.setdefault(_key(file), file)
    return sorted(found.values(), key=lambda file: _names_deletions(_bare_name(file)))


def _named(folder: Path) -> list[Path]:
    """Return the files of a folder that are called as those that are read."""
    found = [file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    return [file for file in found if _bare_name(file).endswith(ENDINGS)]


def _is_inside(file: Path, folder: Path) -> bool:
    return file.resolve().is_relative_to(folder.resolve())


def _bare_name(file: Path) -> str:
    return file.name.lower().removesuffix(".gz")


def _names_deletions(name: str) -> bool:
    return name == DELETES or name.endswith(f".{DELETES}")
