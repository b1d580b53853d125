"""Every paste of the corpus leads to its cause, end to end in one process; fixes that are offered work."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.analysis.encoding import encode_analysis
from engine.catalog.snapshot import load_snapshot
from engine.document.apply import apply_all
from engine.document.edit_encoding import decode_edit
from engine.document.file import decode_document, decode_text, encode_text
from engine.importing.values import PasteError
from engine.protocol.work import Cancelled, Work
from engine.runtime.analyse import Analyst
from engine.runtime.ways import WaysTester
from engine.worker.explainer import Explainer
from tests.importing.corpus import CORPUS, STACKED, Paste

pytestmark = pytest.mark.xdist_group("tensorflow")
CATALOG = load_snapshot()
ANALYST = Analyst(CATALOG)
SILENT = frozenset({"message.not_raised"})


def explainer(analyst: Analyst = ANALYST) -> Explainer:
    """An explainer, with a worker's memory."""
    return Explainer(analyst, WaysTester(CATALOG, lambda document: analyst.analyse(document, probe=False)), CATALOG)


EXPLAINER = explainer()


def named(answer: dict[str, Any], block: str | None) -> str:
    """The name of a block of an answer."""
    return next((one["name"] for one in answer["document"]["blocks"] if one["id"] == block), "")


@pytest.mark.parametrize("paste", CORPUS, ids=lambda paste: paste.name)
def test_a_paste_leads_to_its_cause(paste: Paste) -> None:
    """Kind, reproduction, code, the block that complains, the one that causes it, and a fix that works when applied."""
    answer: dict[str, Any] = EXPLAINER.explain(paste.text, Work())
    assert answer["kind"] == paste.kind
    assert (answer["message"] or {}).get("reproduced") == paste.reproduced
    problems = [p for p in answer["check"]["diagnostics"] if p["severity"] != "info"]
    document = decode_document(answer["document"])
    assert answer["ok"] is answer["check"]["ok"]
    assert decode_text(encode_text(document)) == document
    assert set(document.layout) == set(document.graph.by_id)
    if not paste.code:
        assert answer["ok"]
        return
    problem = next(p for p in problems if p["code"] == paste.code)
    assert (named(answer, problem["block"]), named(answer, problem["cause"])) == (paste.block, paste.cause)
    assert not paste.fix or paste.fix in problem["fixes"][0]["title"]
    for fix in problem["fixes"]:
        assert fix["verified"] is True
        mended = ANALYST.analyse(apply_all(document, map(decode_edit, fix["edits"]), CATALOG), probe=True)
        assert paste.code not in {p.code for p in mended.diagnostics if p.block == problem["block"]}, fix["title"]
    if paste.reproduced:
        assert named(answer, answer["message"]["block"]) == paste.block


def test_at_least_twenty_pastes() -> None:
    """Of what people paste, errors and snippets."""
    assert sum(bool(paste.code) for paste in CORPUS) >= 30


def test_the_keys_are_those_of_the_contract() -> None:
    """All of them, and what `check` says of the document is what stands in `check`."""
    answer: dict[str, Any] = EXPLAINER.explain(STACKED.text, Work())
    assert list(answer) == ["ok", "kind", "document", "check", "message", "assumed", "skipped"]
    assert set(answer["message"]) == {"text", "wording", "layer", "shapes", "reproduced", "block"}
    assert answer["message"]["layer"] == {"type": "LSTM", "name": "lstm_1"}
    assert answer["message"]["shapes"] == [[None, 64]]
    assert answer["message"]["text"].endswith("Full shape received: (None, 64)")
    assert answer["skipped"] == [
        {"line": 11, "text": "model.compile(optimizer='adam', loss='mse')", "reason": "training"}
    ]
    document = decode_document(answer["document"])
    told = encode_analysis(ANALYST.analyse(document, probe=True), document.graph.blocks)
    for problem in answer["check"]["diagnostics"]:
        for fix in problem["fixes"]:
            del fix["verified"]
    assert answer["check"] == told
    assert len(document.notes) == 1


def test_the_same_text_gives_the_same_bytes() -> None:
    """Whatever was asked before, and of a worker that knows nothing yet."""
    texts = [CORPUS[place].text for place in (0, 13, 21)]
    first = [json.dumps(EXPLAINER.explain(text, Work())) for text in texts]
    fresh = explainer(Analyst(CATALOG))
    again = [json.dumps(fresh.explain(text, Work())) for text in reversed(texts)]
    assert again == first[::-1]


def test_where_code_and_message_disagree_the_code_is_drawn() -> None:
    """And the message is told to be another's."""
    text = 'model = Sequential([Input((10, 3)), LSTM(4), Dense(2)])\nValueError: Input 0 of layer "conv1d" is incompatible with the layer: expected min_ndim=3, found ndim=2. Full shape received: (None, 9)'
    answer: dict[str, Any] = EXPLAINER.explain(text, Work())
    assert [block["type"] for block in answer["document"]["blocks"]] == ["Input", "LSTM", "Dense"]
    assert answer["ok"]
    assert answer["message"]["reproduced"] is False
    problem = next(p for p in answer["check"]["diagnostics"] if p["code"] in SILENT)
    assert (problem["severity"], problem["keras"]) == ("warning", answer["message"]["text"])


def test_an_assumed_input_follows_the_message() -> None:
    """Of several ways to fill a gap the one is drawn of which Keras says what was pasted."""
    code = "def head(x):\n    x = layers.LSTM(8)(x)\n    return layers.Dense(1)(x)\n"
    message = 'ValueError: Input 0 of layer "lstm" is incompatible with the layer: expected ndim=3, found ndim=4. Full shape received: (None, 9, 8, 7)'
    answer: dict[str, Any] = EXPLAINER.explain(code + message, Work())
    assert answer["document"]["blocks"][0]["arguments"] == {"shape": [9, 8, 7]}
    assert answer["message"]["reproduced"] is True
    assert answer["assumed"][0] == {
        "block": "b1", "argument": None, "value": {"shape": [9, 8, 7]}, "reason": "x has no value in the text",
    }  # fmt: skip


def test_nothing_understood_and_a_stop() -> None:
    """One sentence; a cancel between two drafts is heard."""
    with pytest.raises(PasteError):
        EXPLAINER.explain("good morning", Work())
    with pytest.raises(Cancelled):
        EXPLAINER.explain(STACKED.text, Work(cancelled=lambda: True))
