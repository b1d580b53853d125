"""Files: whatever is in them, one sentence or a document."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply
from engine.document.edits import Insert, RemoveBlock
from engine.document.file import DocumentError, decode_text, encode_document, encode_text, load, save
from tests.document.strategies import VALUES
from tests.documents import chain

GOOD = json.loads(encode_text(chain([("LSTM", {"units": 4})])))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("{", "damaged at line 1"),
        ("[1, 2]", "no SeqLoom document"),
        ('{"format": "other"}', "no SeqLoom document"),
        (json.dumps({**GOOD, "version": 99}), "newer SeqLoom"),
        (json.dumps({**GOOD, "version": "1"}), "version"),
        (json.dumps({**GOOD, "blocks": GOOD["blocks"] * 2}), "two blocks have the id b1"),
        (json.dumps({**GOOD, "blocks": [{"id": "b1"}]}), "lacks its"),
        (json.dumps({**GOOD, "wires": [{"from": ["b1"], "to": ["b2", "inputs"]}]}), "must name block and port"),
        (json.dumps({**GOOD, "layout": {"b1": ["a", 1]}}), "two numbers"),
        (json.dumps(GOOD)[:-1] + ', "seed": NaN}', "NaN"),
        ('{"format": "seqloom", "format": "seqloom"}', "stands twice"),
        (json.dumps({**GOOD, "extra": json.loads("[" * 150 + "]" * 150)}), "nested deeper"),
        ("[" * 100_000, "nested deeper"),
        (json.dumps(GOOD)[:-1] + ', "extra": ' + "9" * 5000 + "}", "5000 digits"),
        (json.dumps({**GOOD, "layout": {"b1": [0, 1]}}).replace("[0, 1]", "[1e999, 0]"), "larger than any number"),
        (json.dumps(GOOD).replace('"lstm', '"\\ud800').replace('"LSTM"', '"\\ud800"'), "half of a Unicode pair"),
    ],
)
def test_a_bad_text_is_one_sentence(text: str, said: str) -> None:
    """What, where, remedy; never a traceback."""
    with pytest.raises(DocumentError) as caught:
        decode_text(text)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_bad_file_is_one_sentence(tmp_path: Path) -> None:
    """Missing, a folder, not text, too large (seen before it is read)."""
    huge = tmp_path / "huge.seqloom"
    with huge.open("wb") as file:
        file.truncate(200 * 2**20)
    binary = tmp_path / "binary.seqloom"
    binary.write_bytes(b"\xff\xfe\x00")
    cases = {tmp_path / "none.seqloom": "cannot be read", tmp_path: "folder", binary: "not UTF-8", huge: "200 MiB"}
    for path, said in cases.items():
        with pytest.raises(DocumentError, match=said):
            load(path)


def test_a_file_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A pipe that nobody writes to, a device without an end."""
    pipe, device = tmp_path / "pipe.seqloom", tmp_path / "device.seqloom"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        with pytest.raises(DocumentError, match="no ordinary file"):
            load(path)


def test_the_mark_that_some_editors_put_first_is_read_over(tmp_path: Path) -> None:
    """A byte order mark."""
    path = tmp_path / "a.seqloom"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    assert encode_document(load(path)) == encode_document(decode_text(json.dumps(GOOD)))


def test_unknown_keys_and_types_are_kept(tmp_path: Path) -> None:
    """A document of a later version's making is not impoverished."""
    content: dict[str, Any] = {**GOOD, "colour": "blue"}
    content["blocks"][1] |= {"type": "package>Mine", "comment": "x"}
    path = tmp_path / "a.seqloom"
    save(decode_text(json.dumps(content)), path)
    assert encode_document(load(path)) == encode_document(decode_text(json.dumps(content)))
    assert json.loads(path.read_text())["colour"] == "blue"


UNKNOWN = st.dictionaries(st.text(max_size=6).map(lambda name: f"x-{name}"), VALUES, max_size=2)
PLACED = {"position": [0, 0], "size": [1, 1]}


@given(*[UNKNOWN] * 6)
def test_unknown_keys_are_kept_wherever_they_stand(
    document: dict[str, object],
    block: dict[str, object],
    wire: dict[str, object],
    note: dict[str, object],
    group: dict[str, object],
    entry: dict[str, object],
) -> None:
    """In the document, its blocks, wires, notes, groups and the entries of its sample."""
    content = json.loads(json.dumps({**GOOD, **document}))
    content["blocks"][1] |= block
    content["wires"][0] |= wire
    content["notes"] = [{"id": "n7", "text": "", **PLACED, **note}]
    content["groups"] = [{"id": "g8", "title": "", "blocks": ["b1"], **PLACED, **group}]
    content["sample"] = {"inputs": {content["blocks"][0]["name"]: {"kind": "normal", **entry}}}
    content["next_id"] = 9
    assert json.loads(encode_text(decode_text(json.dumps(content)))) == content


def test_a_wire_keeps_its_unknown_keys_when_its_block_is_bridged_or_something_is_put_into_it() -> None:
    """What stays of a wire stays with it."""
    content: dict[str, Any] = json.loads(encode_text(chain([("Dense", {"units": 4}), ("Dense", {"units": 4})])))
    content["wires"][1]["x-colour"] = "blue"
    document, catalog = decode_text(json.dumps(content)), load_snapshot()
    bridged = apply(document, RemoveBlock("b2", bridge=True), catalog)
    assert [wire.extra for wire in bridged.graph.wires] == [{"x-colour": "blue"}]
    wire = document.graph.wires[1]
    put_in = apply(document, Insert("Dropout", {}, wire.source, wire.target), catalog)
    assert [wire.extra for wire in put_in.graph.wires if wire.target.block == "b3"] == [{"x-colour": "blue"}]
    assert dict.fromkeys(document.graph.wires, 1), "a wire can be a key"


def test_next_id_is_raised_above_every_id() -> None:
    """Ids are never reused."""
    content = {**GOOD, "next_id": 1, "notes": [{"id": "n40", "text": "", "position": [0, 0], "size": [1, 1]}]}
    assert decode_text(json.dumps(content)).next_id >= 40


def test_saving_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves the old file; no temporary file stays behind; a link stays a link; permissions are kept."""
    real, link = tmp_path / "real.seqloom", tmp_path / "link.seqloom"
    save(chain([("Dense", {"units": 1})]), real)
    os.chmod(real, 0o640)
    link.symlink_to(real)
    save(chain([("Dense", {"units": 2})]), link)
    assert link.is_symlink()
    assert load(real).block("b2").arguments == {"units": 2}
    assert real.stat().st_mode & 0o777 == 0o640

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DocumentError, match="no space left"):
        save(chain([("Dense", {"units": 3})]), real)
    assert load(real).block("b2").arguments == {"units": 2}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.seqloom", "real.seqloom"]


def test_the_contracts_example_is_read(root: Path) -> None:
    """The format that people keep files in."""
    text = (root / "tests" / "document" / "contract.seqloom").read_text()
    document = decode_text(text)
    assert [block.type for block in document.graph.blocks] == ["Input", "Embedding", "Bidirectional", "Reuse"]
    assert json.loads(encode_text(document)) == json.loads(text)
