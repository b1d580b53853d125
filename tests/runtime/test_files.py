"""Sequences of their own lengths in files: what is written is read back, what is wrong is told with line and column."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.document.file_options import FileOptions
from engine.runtime.files import lines, read, text, values
from engine.runtime.files.json_lines import column_of
from engine.runtime.files.lines import Lines
from engine.runtime.files.read import read_file
from engine.runtime.files.values import FileError, FileRead, Wanted

FLOATS = st.floats(width=32, allow_subnormal=False)
LAW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
Ragged = list[list[list[float]]]


def ragged(features: int) -> st.SearchStrategy[Ragged]:
    """Sequences of 1 to 6 steps."""
    step = st.lists(FLOATS, min_size=features, max_size=features)
    return st.lists(st.lists(step, min_size=1, max_size=6), min_size=1, max_size=6)


def wanted(path: Path, shape: tuple[int | None, ...] = (None, 2), count: int = 99, **parts: Any) -> Wanted:
    """What an Input `series` of float32 wants; options among the parts."""
    own = {name: parts.pop(name) for name in ("dtype", "timed", "steps", "most_bytes") if name in parts}
    given = {"dtype": "float32", "timed": True, "steps": None, "most_bytes": 2**30, **own}
    return Wanted(
        path, FileOptions(**parts), "series", shape, count=count, **{**given, "dtype": np.dtype(given["dtype"])}
    )


def fresh(asked: Wanted) -> FileRead:
    """Read, whatever was read before: a test writes faster than a clock ticks."""
    read._read.cache_clear()
    return read_file(asked)


def found(asked: Wanted) -> list[Any]:
    """The values of the sequences."""
    return [sequence.values.tolist() for sequence in fresh(asked).sequences]


def same(one: list[Any], other: list[Any]) -> bool:
    """Equal, NaN too."""
    return len(one) == len(other) and all(
        np.array_equal(np.array(a, np.float64), np.array(b, np.float64), equal_nan=True)
        for a, b in zip(one, other, strict=True)
    )


# --- what is written is read back -------------------------------------------------------------------------------------


@LAW
@given(sequences=ragged(2), delimiter=st.sampled_from(",;\t|"), header=st.booleans(), ordered=st.booleans())
def test_steps_in_csv(tmp_path: Path, sequences: Ragged, delimiter: str, header: bool, ordered: bool) -> None:
    """One row a step, the sequence in a column, steps in any order where a column says their time."""
    rows = [
        [f"s{number}", str(step), *map(repr, features)]
        for number, sequence in enumerate(sequences)
        for step, features in sorted(enumerate(sequence), reverse=not ordered)
    ]
    head = [["id", "t", "x", "y"]] if header else []
    path = tmp_path / "x.csv"
    path.write_text("\n".join(delimiter.join(row) for row in [*head, *rows]) + "\n")
    said = {} if header else {"sequence": 1, "time": 2, "header": False}
    assert same(found(wanted(path, delimiter=delimiter, **said)), sequences)


@LAW
@given(sequences=ragged(1), blanks=st.integers(0, 3))
def test_sequences_in_csv(tmp_path: Path, sequences: Ragged, blanks: int) -> None:
    """One row a sequence; nothing is said, the delimiter is found, cells left empty at the end of a row are none."""
    path = tmp_path / "x.csv"
    path.write_text("\n".join(",".join(repr(step[0]) for step in row) + "," * blanks for row in sequences) + "\n\n")
    said = {} if blanks or max(map(len, sequences)) > 1 else {"rows": "sequences"}  # a single column is steps
    assert same(found(wanted(path, (None, 1), **said)), sequences)


@LAW
@given(sequences=ragged(2), keyed=st.booleans())
def test_json_lines(tmp_path: Path, sequences: Ragged, keyed: bool) -> None:
    """A list a line, or a field of an object; empty lines are passed over."""
    path = tmp_path / "x.jsonl"
    lines = [json.dumps({"label": 3, "steps": one} if keyed else one) for one in sequences]
    path.write_text("\n\n".join(lines))
    assert same(found(wanted(path)), sequences)


@LAW
@given(sequences=ragged(2), form=st.sampled_from(["steps", "lists", "nested"]))
def test_parquet(tmp_path: Path, sequences: Ragged, form: str) -> None:
    """A row a step, a column of lists for each feature, or one of lists of lists."""
    polars = pytest.importorskip("polars")
    path = tmp_path / "x.parquet"
    if form == "steps":
        rows = [(f"s{n}", *step) for n, one in enumerate(sequences) for step in one]
        frame = polars.DataFrame(rows, schema=["id", "x", "y"], orient="row")
    elif form == "lists":
        frame = polars.DataFrame(
            {name: [[step[at] for step in one] for one in sequences] for at, name in enumerate("xy")}
        )
    else:
        frame = polars.DataFrame({"steps": sequences})
    frame.write_parquet(path)
    assert same(found(wanted(path)), sequences)


@LAW
@given(lines=st.lists(st.lists(st.sampled_from(["a", "b", "Ä", "c,", "😀"]), min_size=1, max_size=5), min_size=1))
def test_text(tmp_path: Path, lines: list[list[str]]) -> None:
    """Ids lead back to the tokens; the more frequent has the smaller id, of equals the one that comes first."""
    path = tmp_path / "x.txt"
    path.write_text("\n".join(" ".join(line) for line in lines), encoding="utf-8")
    done = fresh(wanted(path, (None,), dtype="int32"))
    assert done.vocabulary is not None
    names = ("", "?", *done.vocabulary.tokens)
    assert [[names[at] for at in one.values.tolist()] for one in done.sequences] == lines
    assert [list(one.tokens) for one in done.sequences] == lines
    flat = [token for line in lines for token in line]
    assert list(done.vocabulary.tokens) == sorted(dict.fromkeys(flat), key=lambda token: -flat.count(token))
    assert done.vocabulary.size == len(set(flat)) + 2


def test_characters(tmp_path: Path) -> None:
    """Spaces count, the end of the line does not."""
    (tmp_path / "x.txt").write_bytes(b"ab a\r\n\r\nb\r\n\r\n")
    done = fresh(wanted(tmp_path / "x.txt", (None,), dtype="int32", tokenizer="characters"))
    assert [one.tokens for one in done.sequences] == [("a", "b", " ", "a"), (), ("b",)]
    assert done.vocabulary is not None
    assert done.vocabulary.tokens == ("a", "b", " ")
    assert done.vocabulary.counts == (2, 2, 1)


def test_a_token_that_comes_after_the_part_for_the_vocabulary_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ids are the same whatever part is fed."""
    monkeypatch.setattr(text, "VOCABULARY_BYTES", 4)
    (tmp_path / "x.txt").write_text("a b\nb c\n")
    done = fresh(wanted(tmp_path / "x.txt", (None, 1), first=1))
    assert done.vocabulary is not None
    assert (done.vocabulary.tokens, done.vocabulary.whole) == (("a", "b"), False)
    assert [one.values.tolist() for one in done.sequences] == [[[3], [1]]]


# --- what the columns and rows are ------------------------------------------------------------------------------------


def csv(folder: Path, content: str) -> Path:
    """A table in a file."""
    path = folder / "x.csv"
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("value\n1\n2\n", {}, [[[1], [2]]]),
        ("1\n2\n", {}, [[[1], [2]]]),
        ("1\n2\n", {"rows": "sequences"}, [[[1]], [[2]]]),
        ("a,b\n1,2\n3,4\n", {"columns": ("b",)}, [[[2], [4]]]),
        ("a,b\n1,2\n3,4\n", {}, [[[1], [2]], [[3], [4]]]),
        ("a,b\n1,2\n3,4\n", {"rows": "steps", "columns": (1,)}, [[[1], [3]]]),
        ("who,n\nx,1\nx,2\ny,3\n", {"sequence": "who"}, [[[1], [2]], [[3]]]),
        ("who,n\nx,1\nx,2\ny,3\n", {"sequence": "who", "first": 1}, [[[3]]]),
        ("series,time,n\n1,2024-02-01,5\n1,2024-01-01,4\n", {}, [[[4], [5]]]),
        ("1,2,3\n\n4\n\n\n", {}, [[[1], [2], [3]], [], [[4]]]),
        ("nan,inf,-Infinity\n", {"rows": "sequences"}, [[[float("nan")], [float("inf")], [float("-inf")]]]),
        ('"1","2"\n', {}, [[[1], [2]]]),
        ("\ufeffvalue\n1\n", {}, [[[1]]]),
        ("1 2 3\n4 5\n", {}, [[[1], [2], [3]], [[4], [5]]]),
    ],
)
def test_what_rows_and_columns_are(tmp_path: Path, content: str, options: dict[str, Any], expected: list[Any]) -> None:
    """Found in the file or said."""
    assert same(found(wanted(csv(tmp_path, content), (None, 1), **options)), expected)


def test_rows_of_no_sequence_are_cut_into_timesteps(tmp_path: Path) -> None:
    """Else they are one sequence."""
    path = csv(tmp_path, "x,y\n" + "".join(f"{n},{-n}\n" for n in range(5)))
    assert [len(one) for one in found(wanted(path))] == [5]
    assert [len(one) for one in found(wanted(path, steps=2))] == [2, 2, 1]
    assert [one[0][0] for one in found(wanted(path, steps=2, first=1))] == [2, 4]


def test_rows_of_an_input_without_time(tmp_path: Path) -> None:
    """A row is a sequence of features."""
    path = csv(tmp_path, "id,a,b\n7,1,2\n8,3,4\n")
    assert found(wanted(path, (2,), timed=False, columns=("a", "b"))) == [[1, 2], [3, 4]]
    (tmp_path / "x.jsonl").write_text("[1, 2]\n[3, 4]\n")
    assert found(wanted(tmp_path / "x.jsonl", (2,), timed=False)) == [[1, 2], [3, 4]]


def test_features_of_several_axes(tmp_path: Path) -> None:
    """Columns in the order of the last axis; lists as they are nested."""
    path = csv(tmp_path, "id,a,b,c,d\n1,1,2,3,4\n1,5,6,7,8\n")
    expected = [[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]]
    assert found(wanted(path, (None, 2, 2))) == expected
    (tmp_path / "x.jsonl").write_text(json.dumps(expected[0]))
    assert found(wanted(tmp_path / "x.jsonl", (None, None, None))) == expected


def test_what_is_shown_of_a_table(tmp_path: Path) -> None:
    """The names, what each column is, the first rows as they stand there, whether there is more."""
    path = csv(tmp_path, "id,t,x,y,who\n1,0,1.50,2,ann\n1,1,3,4,bob\n2,0,5,6,eve\n3,0,7,8,tom\n")
    done = fresh(wanted(path, count=2, columns=("x", "y")))
    assert done.header == ("id", "t", "x", "y", "who")
    assert done.roles == ("sequence", "time", "feature", "feature", "")
    assert done.rows[0] == ("1", "0", "1.50", "2", "ann")
    assert done.more
    assert not fresh(wanted(path, count=3, columns=("x", "y"))).more


# --- a bad file -------------------------------------------------------------------------------------------------------

BAD: list[tuple[str, str | bytes, dict[str, Any], str]] = [
    ("x.csv", "id,x,y\n1,2,3\n1,abc,3\n", {}, ", line 3, column x: “abc” is no number"),
    ("x.csv", "id,x,y\n1,2,\n", {}, ", line 2, column y: the cell is empty: write nan for a value that is missing"),
    ("x.csv", "id,x,y\n1,2,3\n1,2\n", {}, ", line 3, column 3: the row has 2 cells"),
    ("x.csv", "id,x,y\n1,2,3,4\n", {}, ", line 2, column 4: the row has 4 cells"),
    ("x.csv", "id,x,y\n1,2,3\n2,2,3\n1,2,3\n", {}, ", line 4: sequence “1” begins again, after it ended before"),
    ("x.csv", 'id,x,y\n1,2,"3\n', {}, ", line 2, column 5: unexpected end of data"),
    ("x.csv", 'id,x,y\n1,2,"3"4\n', {}, ", line 2, column 5: ',' expected after '\"'"),
    ("x.csv", "id,x,y\n1,2,1_000\n", {}, ", line 2, column y: “1_000” is no number"),
    ("x.csv", "id,x,y\n1,2,1e300\n", {}, ", line 2, column y: “1e300” is more than float32 of series can hold"),
    ("x.csv", b"id,x,y\n1,\xff,3\n", {}, ", line 2, column 3: this is no UTF-8 text"),
    ("x.csv", "id,x,y\n".encode("utf-16"), {}, ", line 1, column 1: the file is UTF-16"),
    ("x.csv", "id,x,y\n1,2,3\n", {"sequence": "who"}, " has no column “who”"),
    ("x.csv", "id,x,y\n1,2,3\n", {"columns": (7,)}, " has no column 7"),
    ("x.csv", "id,x,y,z\n1,2,3,4\n", {}, " has 3 columns of features (x, y, z), and series takes 2"),
    ("x.csv", "1,2\n", {"rows": "sequences"}, ": a row that is a sequence has one number a step, and series takes 2"),
    ("x.csv", "\n\n", {}, " is empty"),
    ("x.csv", "id,x,y\n", {}, " has no sequence"),
    ("x.csv", "id,x,y\n1,2,3\n", {"first": 5}, " has no sequence after the first 5"),
    ("x.jsonl", "[[1, 2]]\n[[1, 2], [3,]]\n", {}, ", line 2, column 13: "),
    ("x.jsonl", '[[1, 2], [3, "x"]]\n', {}, ", line 1, column 14 (step 1, feature 1): “x” is no number"),
    ("x.jsonl", '{"a,]": 1, "s": [[1, 2], [3, null]]}\n', {}, ", line 1, column 30 (step 1, feature 1): null is no number"),
    ("x.jsonl", "[[1, 2], [3]]\n", {}, ", line 1, column 10 (step 1): 1 values stand where 2 are wanted"),
    ("x.jsonl", "[1, 2]\n", {}, ", line 1, column 2 (step 0): 1 stands where a list is wanted, and series takes (steps, 2)"),
    ("x.jsonl", "3\n", {}, ", line 1, column 1: 3 stands where a list is wanted"),
    ("x.jsonl", '{"a": [], "b": []}\n', {}, ", line 1, column 1: say which field holds the sequence (key); its fields are a, b"),
    ("x.jsonl", '{"a": []}\n', {"key": "z"}, ", line 1, column 1: the object has no field “z”; its fields are a"),
    ("x.jsonl", "[" * 100_000 + "\n", {}, ", line 1, column 1: too many brackets in each other"),
    ("x.jsonl", "[" + "9" * 5000 + "]\n", {}, ", line 1, column 1: Exceeds the limit"),
    ("x.jsonl", "", {}, " has no sequence"),
    ("x.txt", "a b\n", {}, " gives one id a step, and series takes 2 features a step"),
    ("gone.csv", "", {}, " does not exist"),
    ("x.parquet", "no parquet", {}, " is damaged or no Parquet"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "options", "said"), BAD)
def test_a_bad_file_is_refused_with_line_and_column(
    tmp_path: Path, name: str, content: str | bytes, options: dict[str, Any], said: str
) -> None:
    """What stands there, and a remedy; never another exception."""
    path = tmp_path / name
    if name.endswith("parquet"):
        pytest.importorskip("polars")
    if name != "gone.csv":
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(FileError) as caught:
        fresh(wanted(path, **options))
    assert caught.value.why.startswith(said)
    assert caught.value.remedy.endswith(".")
    assert "\n" not in caught.value.why


@pytest.mark.parametrize(
    ("cell", "dtype", "said"),
    [
        ("2.5", "int32", "“2.5” is no whole number, and series takes int32"),
        ("nan", "int32", "“nan” is no whole number, and series takes int32"),
        ("300", "uint8", "“300” is more than uint8 of series can hold"),
        ("-1", "uint8", "“-1” is more than uint8 of series can hold"),
        ("2", "bool", "“2” is more than bool of series can hold"),
        ("99999999999999999999", "int64", "“99999999999999999999” is more than int64"),
        ("70000", "float16", "“70000” is more than float16 of series can hold"),
    ],
)
def test_what_the_inputs_type_cannot_hold(tmp_path: Path, cell: str, dtype: str, said: str) -> None:
    """Told with its place, as everything that is wrong."""
    with pytest.raises(FileError) as caught:
        fresh(wanted(csv(tmp_path, f"0,1\n1,{cell}\n"), (None,), dtype=dtype))
    assert caught.value.why.startswith(f", line 2, column 2: {said}")


def test_parquet_says_row_and_column(tmp_path: Path) -> None:
    """Nulls, words, lists of different lengths."""
    polars = pytest.importorskip("polars")
    path = tmp_path / "x.parquet"
    for frame, said in (
        ({"id": [1, 1], "x": [1.0, None], "y": [1, 2]}, ", row 2, column x: null is no number"),
        ({"id": [1, 1], "x": ["a", "b"], "y": [1, 2]}, ", row 1, column x: “a” is no number"),
        ({"x": [[1], [1, 2]], "y": [[1], [1]]}, ", row 2, column x, y: the lists of a row are not equally long: x 2, y 1"),
        ({"x": [[[1, 2], [3, None]]]}, ", row 1, column x (step 1, feature 1): null is no number"),
    ):  # fmt: skip
        polars.DataFrame(frame).write_parquet(path)
        with pytest.raises(FileError) as caught:
            fresh(wanted(path))
        assert caught.value.why.startswith(said)


def test_without_polars_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence."""
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    (tmp_path / "x.parquet").write_text("")
    with pytest.raises(FileError) as caught:
        fresh(wanted(tmp_path / "x.parquet"))
    assert caught.value.why == " is read by the package polars, which is not installed"
    assert "seqloom[parquet]" in caught.value.remedy


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(suffix=st.sampled_from([".csv", ".tsv", ".jsonl", ".txt"]), content=st.binary(max_size=60))
def test_no_bytes_are_more_than_a_sentence(tmp_path: Path, suffix: str, content: bytes) -> None:
    """Whatever stands in a file: sequences, or why not."""
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    for shape in ((None, 1), (None, 2)):
        with suppress(FileError):
            assert fresh(wanted(path, shape)).sequences


# --- slices ------------------------------------------------------------------------------------------------------------


class Counted:
    """Counts the bytes that were asked of a file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes = 0
        plain: Callable[..., BinaryIO] = Path.open
        counted = self

        class Watching:
            def __init__(self, stream: BinaryIO) -> None:
                self._stream = stream

            def __enter__(self) -> Watching:
                return self

            def __exit__(self, *_: object) -> None:
                self._stream.close()

            def readline(self, limit: int) -> bytes:
                line = self._stream.readline(limit)
                counted.bytes += len(line)
                return line

            def read(self, size: int) -> bytes:
                return self._stream.read(size)

        monkeypatch.setattr(Path, "open", lambda path, mode: Watching(plain(path, mode)))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".txt"])
def test_of_200_mb_a_slice_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """The sequences that are wanted, those before them, a line to know that there is more: counted in bytes."""
    line = {".csv": "s{0},1,2\ns{0},3,4\n", ".jsonl": "[[{0}, 1], [2, 3]]\n", ".txt": "one two three\n"}[suffix]
    path = tmp_path / f"x{suffix}"
    content = "".join(line.format(at) for at in range(1000)).encode()
    path.write_bytes((b"id,x,y\n" if suffix == ".csv" else b"") + content)
    with path.open("ab") as stream:
        stream.truncate(200 * 1024**2)  # what follows is never looked at: it would be refused
    monkeypatch.setattr(text, "VOCABULARY_BYTES", 1000)
    counted = Counted(monkeypatch)
    shape = (None,) if suffix == ".txt" else (None, 2)
    done = fresh(wanted(path, shape, count=32, first=100))
    assert len(done.sequences) == 32
    assert done.more
    assert counted.bytes < 135 * len(line.format(100)) + 1100
    if suffix == ".csv":
        assert done.sequences[0].line == 202


def test_parquet_is_read_by_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are asked for as they are needed."""
    polars = pytest.importorskip("polars")
    path = tmp_path / "x.parquet"
    polars.DataFrame({"id": [at // 10 for at in range(50_000)], "x": range(50_000), "y": range(50_000)}).write_parquet(
        path
    )
    asked: list[tuple[int, int]] = []
    plain = polars.LazyFrame.slice
    monkeypatch.setattr(
        polars.LazyFrame, "slice", lambda frame, at, count: asked.append((at, count)) or plain(frame, at, count)
    )
    assert len(fresh(wanted(path, count=32)).sequences) == 32
    assert asked == [(0, 8192)]


def test_too_much_is_refused_before_it_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines, all lines together, numbers."""
    path = csv(tmp_path, "x,y\n" + "1,2\n" * 1000)
    with pytest.raises(FileError, match="take more than 0.0 GiB"):
        fresh(wanted(path, most_bytes=800))
    monkeypatch.setattr(lines, "MOST_TEXT", 2000)
    with pytest.raises(FileError, match="take more than 0 MiB") as caught:
        fresh(wanted(path))
    assert "timesteps" in caught.value.remedy
    assert len(fresh(wanted(path, steps=10, count=2, first=50)).sequences) == 2  # what is passed over does not count
    monkeypatch.setattr(lines, "LONGEST_LINE", 10)
    (tmp_path / "x.jsonl").write_text("[[1,2]]\n[[1,2],[3,4]]\n")
    with pytest.raises(FileError, match=", line 2 is longer than 0 MiB"):
        fresh(wanted(tmp_path / "x.jsonl"))


def test_a_file_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every edit of the model asks for the sample again."""
    path = csv(tmp_path, "id,x,y\n1,2,3\n")
    fresh(wanted(path))
    counted = Counted(monkeypatch)
    read_file(wanted(path))
    assert counted.bytes == 0
    read_file(replace(wanted(path), count=5))
    assert counted.bytes > 0


def test_where_a_value_stands_in_json() -> None:
    """Strings with brackets and escapes in them, nested objects."""
    line = '{"a\\"]": {"x": [1]}, "b": [[10, -2.5], [], [3, "]"]]}'
    for place, value in ((["b", 0, 1], "-2.5"), (["b", 1], "[]"), (["b", 2, 1], '"]"'), (['a"]', "x", 0], "1")):
        assert line[column_of(line, place) - 1 :].startswith(value)  # type: ignore[arg-type]


def test_lines_are_counted_from_one(tmp_path: Path) -> None:
    """A mark at the start is no text."""
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xef\xbb\xbfa\nb")
    with path.open("rb") as stream:
        given = Lines(stream)
        assert list(given) == ["a\n", "b"]
    assert given.number == 2
    assert given.most_bytes == values.MOST_TEXT
