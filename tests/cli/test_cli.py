"""The command line as its users meet it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from engine.document.file import encode_document, load, save
from tests.documents import chain, with_sample

EXAMPLES = Path(__file__).resolve().parents[2] / "resources" / "examples"


def seqloom(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process of its own."""
    return subprocess.run([sys.executable, str(root / "main.py"), *words], capture_output=True, text=True, timeout=300)


def test_help_and_version_load_nothing(root: Path) -> None:
    """Neither Qt nor TensorFlow, and verbs that are not built are not listed."""
    program = "import sys; sys.argv = ['main.py', *sys.argv[1:]]; import main; code = main.main(); print(sorted(set(sys.modules) & {'PySide6', 'tensorflow', 'keras', 'numpy'})); sys.exit(code)"
    for word in ("--help", "--version"):
        done = subprocess.run([sys.executable, "-c", program, word], cwd=root, capture_output=True, text=True)
        assert done.returncode == 0
        assert done.stdout.endswith("[]\n")
    listed = seqloom(root, "--help").stdout
    assert "check" in listed
    assert "import" not in listed.split("verbs:")[1].split("Without")[0].split()


@pytest.mark.parametrize(
    ("words", "said"),
    [(("chek",), "did you mean check"), (("gone.seqloom",), "no file gone.seqloom"), (("run",), "required"), (("run", "a", "--batch", "0"), "not a whole number"),
     (("export", "a", "--to", "onnx"), "invalid choice"), (("check", "--leeks", "x"), "unrecognized"), (("run", "x", "--lengths", "a,b"), "not a list of lengths")],
)  # fmt: skip
def test_wrong_words_are_one_sentence_and_status_2(root: Path, words: tuple[str, ...], said: str) -> None:
    """Unknown verbs, options and values."""
    done = seqloom(root, *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stdout == ""


def test_check_answers_several_files_in_order_and_its_status_is_the_worst(root: Path, tmp_path: Path) -> None:
    """One start of TensorFlow; a file that cannot be read does not stop the others; the contract's keys."""
    good, bad, broken = (tmp_path / name for name in ("good.seqloom", "bad.seqloom", "broken.seqloom"))
    save(chain([("LSTM", {"units": 64})], 3), good)
    save(chain([("LSTM", {"units": 64}), ("LSTM", {"units": 8})], 3), bad)
    broken.write_text("{")
    done = seqloom(root, "check", "--json", str(good), str(broken), str(bad))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert [answer["ok"] for answer in answers] == [True, False, False]
    assert [Path(answer["file"]).name for answer in answers] == ["good.seqloom", "broken.seqloom", "bad.seqloom"]
    assert set(answers[1]) == {"file", "ok", "error"}
    assert answers[0]["parameters"] == 17408
    block = answers[0]["blocks"][1]
    assert block["outputs"]["output"]["shape"] == [None, 64]
    assert block["inputs"]["inputs"]["time"] == "T"
    problem = answers[2]["diagnostics"][0]
    assert (problem["code"], problem["block"], problem["cause"]) == ("shape.ndim", "b3", "b2")
    assert problem["fixes"][0]["edits"] == [
        {"edit": "set_argument", "block": "b2", "argument": "return_sequences", "value": True}
    ]
    assert answers[2]["blocks"][2]["outputs"] is None
    assert done.stderr == ""


def test_run_says_what_check_says(root: Path, tmp_path: Path) -> None:
    """Each in a worker of its own: what only a probe run shows, and where Keras's ways to run differ."""
    time_distributed = {"layer": {"type": "Dense", "arguments": {"units": 2}}}
    documents = {
        "silent": chain([("LSTM", {"units": 4}), ("Masking", {})], 3),
        "ways": chain([("LSTM", {"units": 3, "return_sequences": True}), ("TimeDistributed", time_distributed)], 3),
        "broken": chain([("LSTM", {"units": 64}), ("LSTM", {"units": 8})], 3),
    }
    files = [str(tmp_path / f"{name}.seqloom") for name in documents]
    for file, document in zip(files, documents.values(), strict=True):
        save(document, Path(file))
    told: dict[str, list[tuple[bool, list[str]]]] = {}
    for verb in ("run", "check"):
        answers = [json.loads(line) for line in seqloom(root, verb, "--json", *files).stdout.splitlines()]
        told[verb] = [(one["ok"], sorted(d["code"] + d["title"] for d in one["diagnostics"])) for one in answers]
    assert told["run"] == told["check"]
    assert all(problems for _, problems in told["check"])


def test_check_for_people(root: Path, tmp_path: Path) -> None:
    """A line a block, the cause, Keras's first line, the fixes; status 1."""
    bad = tmp_path / "bad.seqloom"
    save(chain([("LSTM", {"units": 64}), ("LSTM", {"units": 8})], 3), bad)
    done = seqloom(root, "check", str(bad))
    assert done.returncode == 1
    assert "cause: block_2" in done.stdout
    assert "fix: Turn on return_sequences in block_2" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_run_with_options_input_and_traces(root: Path, tmp_path: Path) -> None:
    """Valid lengths of every port, and the file of states; an absent device is a warning."""
    file, data, traces = tmp_path / "m.seqloom", tmp_path / "x.npy", tmp_path / "out.npz"
    cells = [{"type": "LSTMCell", "arguments": {"units": 2}}, {"type": "GRUCell", "arguments": {"units": 2}}]
    stack = {"layer": {"type": "RNN", "arguments": {"cell": cells}}}
    layers = [("Masking", {}), ("LSTM", {"units": 4, "return_sequences": True}), ("Bidirectional", stack)]
    save(with_sample(chain(layers, 3)), file)
    np.save(data, np.ones((5, 8, 3), np.float32))
    done = seqloom(
        root,
        "run",
        str(file),
        "--json",
        "--batch",
        "3",
        "--timesteps",
        "9",
        "--lengths",
        "9,4",
        "--padding",
        "pre",
        "--device",
        "gpu:3",
        "--seed",
        "5",
    )
    answer = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert answer["blocks"][2]["outputs"]["output"]["valid_lengths"] == [9, 4, 9]
    assert answer["blocks"][2]["outputs"]["output"]["shape"] == [3, 9, 4]
    assert (answer["device"], answer["seed"], answer["sample"]["batch"]) == ("cpu", 5, 3)
    assert answer["diagnostics"][0]["code"] == "device.absent"
    done = seqloom(root, "run", str(file), "--input", f"series={data}", "--traces", str(traces))
    assert done.returncode == 0, done.stderr
    assert "(5, 8, 4)" in done.stdout
    arrays = np.load(traces)
    assert (arrays["b3/h"].shape, arrays["b3/initial_c"].shape) == ((5, 8, 4), (5, 4))
    below = [f"b4/backward/0/{name}" for name in ("h", "c", "gate_i", "gate_f", "gate_g", "gate_o")]
    above = [f"b4/backward/1/{name}" for name in ("h", "gate_z", "gate_r", "gate_n")]
    assert {arrays[name].shape for name in (*below, *above)} == {(5, 8, 2)}
    assert "b4/forward/1/initial_h" in arrays.files


def test_exported_python_runs_alone_and_keras_loads(root: Path, tmp_path: Path) -> None:
    """The file of the question's second example, in a process that knows nothing of SeqLoom."""
    source = EXAMPLES / "02_return_sequences_timedistributed.seqloom"
    for kind, name in (("python", "model.py"), ("keras", "model.keras")):
        done = seqloom(root, "export", str(source), "--to", kind, "-o", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
        assert "largest difference" in done.stdout
    alone = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "model.py")], capture_output=True, text=True, cwd=tmp_path
    )
    assert alone.stdout.strip() == "(2, 10, 1)"
    code = "import keras, sys; m = keras.models.load_model(sys.argv[1]); print([l.name for l in m.layers], m.count_params())"
    loaded = subprocess.run([sys.executable, "-c", code, str(tmp_path / "model.keras")], capture_output=True, text=True)
    assert loaded.stdout.strip() == "['reader', 'each_step'] 17473"


def test_a_broken_model_is_not_exported_and_the_old_file_stays(root: Path, tmp_path: Path) -> None:
    """Status 1, a sentence, nothing written."""
    bad, target = tmp_path / "bad.seqloom", tmp_path / "old.py"
    save(chain([("LSTM", {"units": 64}), ("LSTM", {"units": 8})], 3), bad)
    target.write_text("old")
    done = seqloom(root, "export", str(bad), "--to", "python", "-o", str(target))
    assert done.returncode == 1
    assert "Nothing was written" in done.stderr
    assert target.read_text() == "old"


def test_layers_tell_what_can_be_placed_and_why_the_rest_cannot(root: Path) -> None:
    """Without TensorFlow."""
    assert len(json.loads(seqloom(root, "layers", "--json").stdout)["layers"]) > 140
    text = seqloom(root, "layers").stdout
    assert "LSTM " in text
    assert "It holds Python code, which a document never does." in text


def test_doctor_tells_versions_devices_and_places(root: Path) -> None:
    """Exit 0 on a machine where all is there."""
    done = seqloom(root, "doctor")
    assert done.returncode == 0, done.stdout
    for word in ("TensorFlow 2.", "Keras 3.", "devices cpu", "system libraries", "settings:", "logs:", "cache:"):
        assert word in done.stdout


def test_no_display_is_one_sentence_that_names_the_verbs(root: Path) -> None:
    """The window cannot open; nothing hangs."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, str(root / "main.py")], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 2
    assert "no display" in done.stderr
    assert "check, run, export, explain, layers and doctor" in done.stderr


def test_check_leaks_names_the_block_where_padding_changes_results(root: Path) -> None:
    """One sentence for people, the contract's object for programs."""
    example = str(root / "resources" / "examples" / "03_masking_variable_length.seqloom")
    done = seqloom(root, "check", example, "--leaks", "--json")
    assert done.returncode == 0
    leaks = json.loads(done.stdout)["leaks"]
    assert (leaks["first"], leaks["blocks"]) == (None, [])
    assert leaks["sentence"].startswith("No: largest difference")


def test_bad_input_of_every_kind_is_one_sentence_at_its_place(root: Path, tmp_path: Path) -> None:
    """One call over all of them: each answers for itself, in order, nothing on standard error, status 2."""
    good = encode_document(chain([("LSTM", {"units": 4})], 3))

    def changed(**parts: object) -> str:
        return json.dumps({**good, **parts})

    def with_units(units: object) -> str:
        return changed(blocks=[good["blocks"][0], {**good["blocks"][1], "arguments": {"units": units}}])  # type: ignore[index]

    cases = {
        "damaged": (changed()[:150], "damaged at line 1"),
        "foreign": ("{}", "no SeqLoom document"),
        "newer": (changed(version=2), "newer SeqLoom"),
        "empty": ("", "empty"),
        "half": (changed(keras="\ud800"), "Unicode pair"),
        "unknown": (changed(blocks=[good["blocks"][0], {"id": "b2", "type": "My>Own"}]), "block.unknown"),  # type: ignore[index]
        "negative": (with_units(-3), "argument.invalid"),
        "words": (with_units("many"), "argument.invalid"),
        "giant": (with_units(10**30), "model.too_large"),
        "lengths": (changed(sample={"inputs": {"series": {"lengths": [50], "timesteps": 10}}}), "sample.lengths"),
        "no_file": (changed(sample={"inputs": {"series": {"kind": "file", "path": "no.npy"}}}), "sample.file"),
        "crowd": (changed(sample={"batch": 10**12}), "sample.batch"),
    }
    for name, (text, _) in cases.items():
        (tmp_path / f"{name}.seqloom").write_text(text)
    with (tmp_path / "huge.seqloom").open("wb") as file:
        file.truncate(200 * 2**20)
    names = [*cases, "huge", "missing"]
    done = seqloom(root, "check", "--json", *(str(tmp_path / f"{name}.seqloom") for name in names))
    answers = {Path(answer["file"]).stem: answer for answer in map(json.loads, done.stdout.splitlines())}
    assert (done.returncode, done.stderr) == (2, "")
    assert list(answers) == names
    assert not any(answer["ok"] for answer in answers.values())
    for name, (_, said) in cases.items():
        codes = [problem["code"] for problem in answers[name].get("diagnostics", ())]
        assert said in codes or said in answers[name].get("error", ""), (name, answers[name])
    assert "200 MiB" in answers["huge"]["error"]
    assert "cannot be read" in answers["missing"]["error"]
    said = [answer.get("error") or answer["diagnostics"][0]["title"] for answer in answers.values()]
    assert not [sentence for sentence in said if "\n" in sentence or "Traceback" in sentence]


def test_explain_answers_files_and_standard_input(root: Path, tmp_path: Path) -> None:
    """JSON Lines in order, the worst status, one sentence where nothing is understood, the document with -o."""
    code, prose, binary = (tmp_path / name for name in ("code.txt", "prose.txt", "binary.txt"))
    code.write_text("model = Sequential([Input((None, 3)), LSTM(4), Dense(2)])\nmodel.fit(x, y)\n")
    prose.write_text("good morning")
    binary.write_bytes(b"\xff\xfe")
    message = "ValueError: Input 0 is incompatible with layer lstm_2: expected ndim=3, found ndim=2"
    words = [
        "explain",
        "--json",
        str(code),
        "-",
        str(prose),
        str(binary),
        str(tmp_path / "gone"),
        "-o",
        str(tmp_path / "out.seqloom"),
    ]
    command = [sys.executable, str(root / "main.py"), *words]
    done = subprocess.run(command, input=message, capture_output=True, text=True, timeout=300)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 2
    assert done.stderr == ""
    assert [answer["ok"] for answer in answers] == [True, False, False, False, False]
    assert [answer.get("kind") for answer in answers] == ["code", "message", None, None, None]
    assert answers[0]["skipped"] == [{"line": 2, "text": "model.fit(x, y)", "reason": "training"}]
    assert answers[1]["message"]["reproduced"] is True
    assert answers[1]["check"]["diagnostics"][0]["fixes"][0]["verified"] is True
    assert [set(answer) for answer in answers[2:]] == [{"file", "ok", "error"}] * 3
    assert "is no UTF-8 text" in answers[3]["error"]
    written = load(tmp_path / "out-code.seqloom")
    assert [block.type for block in written.graph.blocks] == ["Input", "LSTM", "Dense"]
    assert len(written.notes) == 1


def test_explain_for_people(root: Path) -> None:
    """What Keras says, the cause, the fix, what was assumed and what was left out; status 1."""
    text = "model.add(LSTM(units))\nmodel.add(LSTM(8))\nmodel.fit(x)"
    command = [sys.executable, str(root / "main.py"), "explain", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1
    for said in (
        "standard input: code; the model has errors", "cause: lstm", "fix: Turn on return_sequences in lstm",
        "? assumed in lstm: units = 32 (units has no value in the text)", "- left out, line 3: model.fit(x) (training)",
    ):  # fmt: skip
        assert said in done.stdout
    large = subprocess.run(command, input="x" * (1 << 20) + "y", capture_output=True, text=True, timeout=300)
    assert large.returncode == 2
    assert "standard input is larger than 1 MiB" in large.stderr
    assert len(large.stderr.splitlines()) == 1


def test_a_document_seen_before_is_checked_without_tensorflow(root: Path, quiet_home: Path) -> None:
    """The second call says so, and says the same; an engine that cannot start does not matter to it."""
    example = str(root / "resources" / "examples" / "01_lstm_then_dense.seqloom")
    first = seqloom(root, "check", example, "--json")
    program = (
        "import sys; sys.path.insert(0, '.'); import engine.client.client as client;"
        "client.worker_command = lambda: ['false']; import main; sys.exit(main.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "check", example, "--json"]
    again = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert again.returncode == first.returncode == 0, again.stderr
    told, before = json.loads(again.stdout), json.loads(first.stdout)
    assert told.pop("remembered") is True
    assert "remembered" not in before
    assert told == before


def test_trained_weights_and_training_mode_on_the_command_line(root: Path, tmp_path: Path) -> None:
    """`run` says whose weights each block has and in which mode it ran; `export --to weights` writes what Keras loads."""
    example = str(EXAMPLES / "08_trained_speakers.seqloom")
    done = seqloom(root, "run", "--json", "--training", "--batch", "4", example)
    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert answer["training"] is True
    assert answer["weights"] == {
        "file": "08_trained_speakers.weights.h5",
        "blocks": {"b3": "listener", "b5": "speaker"},
    }
    done = seqloom(root, "export", example, "--to", "weights", "-o", str(tmp_path / "out.weights.h5"))
    assert done.returncode == 0, done.stderr
    with (
        h5py.File(tmp_path / "out.weights.h5") as ours,
        h5py.File(EXAMPLES / "08_trained_speakers.weights.h5") as shipped,
    ):
        for name in ("lstm/cell/vars/0", "lstm/cell/vars/1", "lstm/cell/vars/2", "dense/vars/0", "dense/vars/1"):
            assert np.array_equal(ours[f"layers/{name}"][()], shipped[f"layers/{name}"][()])
