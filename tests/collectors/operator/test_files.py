import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest

from collectors.operator import files
from collectors.operator.files import FileCollector
from domain.errors import InputError
from domain.post import Deletion
from tests.support.clock import FakeClock


def line(number, text="hello", **more):
    return json.dumps({"id": str(number), "text": text, "created_at": "2026-11-20T10:00:00Z"} | more) + "\n"


def collector(*paths, **options):
    return FileCollector(paths, "jsonl", **({"clock": FakeClock(), "page_size": 2} | options))


def drain(source, cursor=None):
    """Return ids, what was unreadable, and the cursor behind all."""
    posts, unreadable = [], []
    for batch in source.batches(cursor):
        posts += [post.native_id for post in batch.posts]
        unreadable += batch.unreadable
        cursor = json.loads(json.dumps(batch.cursor))
    return posts, unreadable, cursor


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(map(line, range(5))), encoding="utf-8")
    return path


def test_pages_come_in_order_and_a_second_run_has_nothing_to_do(file):
    batches = list(collector(file).batches(None))
    assert [[post.native_id for post in batch.posts] for batch in batches] == [["0", "1"], ["2", "3"], ["4"]]
    assert list(collector(file).batches(batches[-1].cursor)) == []


def test_the_same_cursor_gives_the_same_page(file):
    batches = list(collector(file).batches(None))
    for place, batch in enumerate(batches[:-1]):
        assert next(collector(file).batches(json.loads(json.dumps(batch.cursor)))) == batches[place + 1]


def test_lines_added_later_are_read_and_the_old_ones_are_not(file):
    _, _, cursor = drain(collector(file))
    with file.open("a", encoding="utf-8") as target:
        target.write(line(5) + line(6))
    assert drain(collector(file), cursor)[0] == ["5", "6"]


def test_a_line_that_was_still_being_written_is_read_once_it_is_whole(file):
    whole = line(5)
    with file.open("a", encoding="utf-8") as target:
        target.write(whole[:20])
    posts, unreadable, cursor = drain(collector(file))
    assert (len(posts), len(unreadable)) == (5, 1)
    with file.open("a", encoding="utf-8") as target:
        target.write(whole[20:])
    assert drain(collector(file), cursor)[:2] == (["5"], [])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("".join(map(line, range(10, 20))), id="longer"),
        pytest.param("".join(map(line, range(10, 12))), id="shorter"),
        pytest.param("".join(map(line, range(5, 10))), id="of the same length"),
    ],
)
def test_another_file_under_the_same_name_is_read_from_its_start(file, content):
    _, _, cursor = drain(collector(file))
    file.write_text(content, encoding="utf-8")
    assert drain(collector(file), cursor)[0] == [json.loads(row)["id"] for row in content.splitlines()]


def test_a_file_that_was_touched_is_read_again(file):
    _, _, cursor = drain(collector(file))
    os.utime(file, ns=(1, 1))
    assert len(drain(collector(file), cursor)[0]) == 5


def test_folders_are_read_by_name_and_gzip_like_the_rest(tmp_path):
    (tmp_path / "b.jsonl").write_text(line(2), encoding="utf-8")
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(line(1).encode()))
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "c.csv").write_text("id,text,created_at\n3,hello,2026-11-20\n", encoding="utf-8")
    (tmp_path / "notes.md").write_text("not ours", encoding="utf-8")
    (tmp_path / ".hidden.jsonl").write_text(line(9), encoding="utf-8")
    posts, _, cursor = drain(collector(tmp_path))
    assert posts == ["1", "2", "3"]
    assert drain(collector(tmp_path), cursor)[:2] == ([], [])
    (tmp_path / "d.jsonl").write_text(line(4), encoding="utf-8")
    assert drain(collector(tmp_path), cursor)[0] == ["4"]


def test_a_file_named_twice_is_read_once(file):
    assert len(drain(collector(file, file, file.parent))[0]) == 5


def test_of_posts_with_the_same_id_the_last_one_stays(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1, "first") + line(1, "second"), encoding="utf-8")
    [batch] = collector(path, page_size=500).batches(None)
    assert [post.text for post in batch.posts] == ["second"]


@pytest.mark.parametrize("page_size", [1, 500])
def test_records_with_the_id_of_another_one_are_counted_and_told(tmp_path, page_size):
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1, "a") + line(2, "b") + line(1, "a") + line(1, "c") + line(3, "b"), encoding="utf-8")
    told = Counter()
    for batch in collector(path, page_size=page_size).batches(None):
        told.update(batch.notes)
    assert told == {files.SAME_POST: 1, files.OTHER_TEXT: 1}


def test_a_table_of_rounded_ids_gives_no_post_and_as_many_words(tmp_path):
    path = tmp_path / "tweets.csv"
    rows = "".join(f"1.29477E+18,post number {number},2026-11-02\n" for number in range(8))
    path.write_text(f"id,text,created_at\n{rows}", encoding="utf-8")
    posts, unreadable, _ = drain(collector(path))
    assert posts == []
    assert {error.kind for error in unreadable} == {
        "id is a number whose last digits a spreadsheet has rounded away; export ids as text"
    }
    assert len(unreadable) == 8


def test_broken_lines_are_counted_and_stop_nothing(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text(line(1) + "broken\n" + line(2, created_at="2031-01-01") + line(3), encoding="utf-8")
    posts, unreadable, _ = drain(collector(path))
    assert posts == ["1", "3"]
    assert [error.where for error in unreadable] == [f"{path}:2", f"{path}:3"]
    assert "future" in unreadable[1].reason


def test_a_damaged_file_does_not_stop_the_others(tmp_path):
    (tmp_path / "a.csv").write_bytes("name,body".encode("utf-16"))
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(line(1).encode())[:15])
    (tmp_path / "c.jsonl").write_text(line(2), encoding="utf-8")
    posts, unreadable, _ = drain(collector(tmp_path))
    assert posts == ["2"]
    assert [error.where for error in unreadable] == [f"{tmp_path / 'a.csv'}:1", f"{tmp_path / 'b.jsonl.gz'}:1"]


def test_an_empty_file_is_done_at_once(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.touch()
    posts, unreadable, cursor = drain(collector(path))
    assert (posts, unreadable) == ([], [])
    assert list(collector(path).batches(cursor)) == []


def test_paths_that_cannot_be_read_are_one_sentence(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        drain(collector(tmp_path / "nowhere.jsonl"))
    with pytest.raises(InputError, match="there is no file in"):
        drain(collector(tmp_path))


def test_a_page_of_long_texts_ends_early(tmp_path):
    path = tmp_path / "posts.jsonl"
    path.write_text("".join(line(number, "x" * 60_000) for number in range(200)), encoding="utf-8")
    assert [len(batch.posts) for batch in collector(path, page_size=500).batches(None)] == [134, 66]


def test_progress_is_told_in_bytes_and_ends_at_the_whole(tmp_path, file):
    (tmp_path / "zero.jsonl.gz").write_bytes(gzip.compress(line(1).encode() * 100))
    told = []
    source = collector(tmp_path, on_progress=lambda read, total: told.append((read, total)))
    drain(source)
    total = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert {whole for _, whole in told} == {total}
    assert [read for read, _ in told] == sorted(read for read, _ in told)
    assert told[-1] == (total, total)


def test_the_cursor_is_kept_under_what_decides_the_posts(tmp_path, file):
    own = tmp_path / "own.toml"
    own.write_text('[fields]\nid = "id"\ntext = "text"\ncreated_at = "created_at"\n', encoding="utf-8")
    names = {
        collector(file).name,
        collector(file, source="forum").name,
        collector(file.parent).name,
        FileCollector([file], str(own), clock=FakeClock()).name,
    }
    assert len(names) == 4
    assert collector(file).name == collector(file).name


def test_a_watched_folder_may_be_empty_and_is_followed(tmp_path):
    source = collector(tmp_path, watched=True)
    posts, _, cursor = drain(source)
    assert (posts, cursor) == ([], None)
    (tmp_path / "b.jsonl").write_text(line(2), encoding="utf-8")
    posts, _, cursor = drain(source, cursor)
    assert posts == ["2"]
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "new.jsonl").write_text(line(1), encoding="utf-8")
    (tmp_path / "b.jsonl").unlink()
    posts, _, cursor = drain(source, cursor)
    assert posts == ["1"]
    assert drain(source, cursor)[0] == []


def test_links_to_files_outside_of_a_folder_are_named_once_and_not_read(tmp_path):
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "secret.jsonl").write_text(line(9), encoding="utf-8")
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "a.jsonl").write_text(line(1), encoding="utf-8")
    (folder / "b.jsonl").symlink_to(tmp_path / "else" / "secret.jsonl")
    (folder / "c").symlink_to(tmp_path / "else")
    (folder / "d.jsonl").symlink_to(folder / "a.jsonl")
    (folder / "e.jsonl").symlink_to(tmp_path / "nowhere.jsonl")
    source = collector(folder, watched=True)
    posts, unreadable, cursor = drain(source)
    assert posts == ["1"]
    assert [str(error) for error in unreadable] == [
        f"{folder / 'b.jsonl'}: a link to a file outside of the folder; not read"
    ]
    assert drain(source, cursor)[:2] == ([], [])
    assert drain(collector(folder / "b.jsonl"))[0] == ["9"]


def deletions_of(source, cursor=None):
    batches = list(source.batches(cursor))
    return [deletion for batch in batches for deletion in batch.deletions], batches[-1].cursor if batches else cursor


def test_what_a_file_of_deletions_names_must_go_after_all_posts(tmp_path):
    (tmp_path / "posts.jsonl").write_text(line(1) + line(2), encoding="utf-8")
    named = [{"id": 1}, {"author": "ann"}, {"id": "9", "source": "forum", "instance": "a.example"}]
    deletes = tmp_path / "deletes.jsonl"
    deletes.write_text("".join(json.dumps(one) + "\n" for one in named), encoding="utf-8")
    batches = list(collector(tmp_path).batches(None))
    assert [len(batch.posts) for batch in batches] == [2, 0, 0, 0]
    found, cursor = deletions_of(collector(tmp_path))
    assert found == [
        Deletion(source="file", native_id="1"),
        Deletion(source="file", author_id="ann"),
        Deletion(source="forum", instance="a.example", native_id="9"),
    ]
    assert deletions_of(collector(tmp_path), cursor)[0] == []
    with deletes.open("a", encoding="utf-8") as target:
        target.write('{"id": "2"}\n')
    assert deletions_of(collector(tmp_path), cursor)[0] == [Deletion(source="file", native_id="2")]


def test_deletions_are_of_the_source_that_the_mapping_names(tmp_path):
    own = tmp_path / "own.toml"
    fields = '[fields]\nid = "Review"\ntext = "text"\ncreated_at = "created_at"\n'
    own.write_text(fields + '[constants]\nsource = "shop"\ninstance = "gb"\n', encoding="utf-8")
    file = tmp_path / "shop.deletes.jsonl.gz"
    file.write_bytes(gzip.compress(b'{"id": "7"}\n{"id": ""}\nbroken\n'))
    [batch] = FileCollector([file], str(own), clock=FakeClock()).batches(None)
    assert batch.deletions == (Deletion(source="shop", instance="gb", native_id="7"),)
    assert [error.where for error in batch.unreadable] == [f"{file}:2", f"{file}:3"]


def test_a_file_of_a_folder_that_cannot_be_read_keeps_none_of_the_others_away(tmp_path, monkeypatch):
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.jsonl").write_text(line(name), encoding="utf-8")
    opened = Path.open

    def failing(path, *words, **options):
        if path.name == "b.jsonl":
            raise PermissionError(13, "Permission denied")
        return opened(path, *words, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", failing)
        source = collector(tmp_path)
        batches = list(source.batches(None))
        assert [post.native_id for batch in batches for post in batch.posts] == ["a", "c"]
        [error] = [error for batch in batches for error in batch.unreadable]
        assert "b.jsonl cannot be read: Permission denied" in str(error)
        assert list(source.batches(batches[-1].cursor)) == []
        with pytest.raises(InputError, match="Permission denied"):
            drain(collector(tmp_path / "b.jsonl"))
    assert [post.native_id for batch in source.batches(batches[-1].cursor) for post in batch.posts] == ["b"]


def test_a_file_that_breaks_off_while_it_is_read_keeps_what_came_before(tmp_path, monkeypatch):
    (tmp_path / "a.jsonl").write_text("".join(map(line, range(3))), encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(line("b"), encoding="utf-8")
    read = files.read_records

    def breaking(path, **options):
        for number, told in enumerate(read(path, **options)):
            if path.name == "a.jsonl" and number == 2:
                raise OSError(5, "Input/output error")
            yield told

    monkeypatch.setattr(files, "read_records", breaking)
    batches = list(collector(tmp_path, page_size=1).batches(None))
    assert [post.native_id for batch in batches for post in batch.posts] == ["0", "1", "b"]
    assert [str(error) for batch in batches for error in batch.unreadable] == [
        f"{tmp_path / 'a.jsonl'}: {tmp_path / 'a.jsonl'} cannot be read: Input/output error"
    ]
