"""Code is read from its syntax tree and drawn; nothing of it is executed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.document.file import decode_text, encode_text
from engine.importing.values import PasteError
from tests.importing.corpus import CORPUS
from tests.importing.drawn import blocks_of, reading_of, reasons_of, wires_of


def test_a_sequential_model_with_add_loops_and_names() -> None:
    """Constants, a loop over a range, a condition on its counter, a formatted name; training is left out."""
    reading = reading_of("""
        from tensorflow.keras import layers as L, Sequential
        units, depth = 2 ** 5, len([1, 2])
        model = Sequential(name="reader")
        model.add(L.Embedding(vocab_size, 64, mask_zero=True))
        for i in range(depth):
            model.add(L.LSTM(units * (i + 1), return_sequences=i < depth - 1, name=f"lstm_{i}"))
        model.add(L.Dense(1, "sigmoid"))
        model.summary()
        model.compile("adam", "mse")
        model.fit(x, y, epochs=3)
    """)
    assert blocks_of(reading) == [
        "input_layer: Input(shape=[None], dtype='int32')",
        "embedding: Embedding(input_dim=10000, output_dim=64, mask_zero=True)",
        "lstm_0: LSTM(units=32, return_sequences=True)",
        "lstm_1: LSTM(units=64)",
        "dense: Dense(units=1, activation='sigmoid')",
    ]
    assert {(a.argument, a.reason) for a in reading.drafts[0].assumed} == {
        (None, "the text has no Input"),
        ("input_dim", "vocab_size has no value in the text"),
    }
    assert [(left.line, left.text, left.reason) for left in reading.skipped] == [
        (9, "model.compile('adam', 'mse')", "training"),
        (10, "model.fit(x, y, epochs=3)", "training"),
    ]


def test_a_functional_model_with_states_and_shared_layers() -> None:
    """Several inputs and outputs; a layer called twice is a Reuse; the training and the inference model are one drawing."""
    reading = reading_of("""
        encoder_inputs = keras.Input(shape=(None, 71))
        encoder = keras.layers.LSTM(256, return_state=True)
        encoder_outputs, state_h, state_c = encoder(encoder_inputs)
        encoder_states = [state_h, state_c]
        decoder_inputs = keras.Input(shape=(None, 93))
        decoder_lstm = keras.layers.LSTM(256, return_sequences=True, return_state=True)
        decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=encoder_states)
        decoder_dense = keras.layers.Dense(93, activation="softmax")
        decoder_outputs = decoder_dense(decoder_outputs)
        model = keras.Model([encoder_inputs, decoder_inputs], decoder_outputs)
        encoder_model = keras.Model(encoder_inputs, encoder_states)
        inputs_h, inputs_c = keras.Input((256,)), keras.Input((256,))
        outputs, h, c = decoder_lstm(decoder_inputs, initial_state=[inputs_h, inputs_c])
        decoder_model = keras.Model([decoder_inputs, inputs_h, inputs_c], [decoder_dense(outputs), h, c])
    """)
    assert [line.split(":")[0] for line in blocks_of(reading)] == [
        "encoder_inputs", "lstm", "decoder_inputs", "lstm_1", "dense", "inputs_h", "inputs_c", "lstm_2", "dense_1",
    ]  # fmt: skip
    assert wires_of(reading)[:5] == [
        "encoder_inputs.output > lstm.inputs",
        "decoder_inputs.output > lstm_1.inputs",
        "lstm.state_h > lstm_1.initial_state_h",
        "lstm.state_c > lstm_1.initial_state_c",
        "lstm_1.output > dense.inputs",
    ]
    assert reading.drafts[0].document.block("b8").arguments == {"of": "b4"}
    assert "inputs_c.output > lstm_2.initial_state_c" in wires_of(reading)


def test_helper_functions_are_read_where_they_are_called() -> None:
    """Defaults, keyword arguments, a function that nobody calls, lists of tensors into a merge."""
    reading = reading_of("""
        def residual(x, units, *, rate=0.1):
            y = layers.Dropout(rate)(layers.Dense(units, activation=tf.nn.relu)(x))
            return layers.add([x, y])

        def build(units=8, depth=2):
            series = layers.Input((None, units))
            x = series
            for _ in range(depth):
                x = residual(x, units, rate=0.3)
            return tf.keras.Model(inputs=series, outputs=layers.Bidirectional(layers.GRU(4), merge_mode="sum")(x))
    """)
    assert [line.split("(")[0] for line in blocks_of(reading)] == [
        "series: Input", "dense: Dense", "dropout: Dropout", "add: Add", "dense_1: Dense", "dropout_1: Dropout",
        "add_1: Add", "bidirectional: Bidirectional",
    ]  # fmt: skip
    assert "dropout: Dropout(rate=0.3)" in blocks_of(reading)
    assert wires_of(reading)[2:4] == ["series.output > add.inputs", "dropout.output > add.inputs"]
    assert not reading.drafts[0].assumed


def test_a_model_that_is_called_is_fed_and_called_again_it_is_reused() -> None:
    """`encoder(x)` the first time puts its blocks there, the second time each of them is a Reuse."""
    reading = reading_of("""
        tower = keras.Sequential([keras.Input((None, 4)), layers.LSTM(8), layers.Dense(3)])
        left, right = keras.Input((None, 4)), keras.Input((None, 4))
        model = keras.Model([left, right], layers.Concatenate()([tower(left), tower(right)]))
    """)
    assert blocks_of(reading)[-3:] == [
        "lstm_1: Reuse(of='b4')", "dense_1: Reuse(of='b5')", "concatenate: Concatenate()",
    ]  # fmt: skip
    assert [block.split(":")[0] for block in blocks_of(reading)][:2] == ["left", "right"]
    assert len(reading.drafts[0].document.graph.inputs) == 2


def test_a_wrapper_around_a_model_is_one_for_each_of_its_layers() -> None:
    """TimeDistributed(model) is the same as TimeDistributed of each layer in turn."""
    reading = reading_of("""
        cnn = Sequential([Conv2D(8, (3, 3), activation="relu"), Flatten()])
        model = Sequential()
        model.add(TimeDistributed(cnn, input_shape=(10, 28, 28, 1)))
        model.add(LSTM(16))
    """)
    inner = {"type": "Conv2D", "arguments": {"filters": 8, "kernel_size": [3, 3], "activation": "relu"}}
    assert blocks_of(reading) == [
        "input_layer: Input(shape=[10, 28, 28, 1])",
        f"time_distributed: TimeDistributed(layer={inner!r})",
        "time_distributed_1: TimeDistributed(layer={'type': 'Flatten', 'arguments': {}})",
        "lstm: LSTM(units=16)",
    ]


def test_old_keras_is_understood_and_what_keras_refuses_stays() -> None:
    """input_dim of a recurrent layer, batch_input_shape, CuDNNLSTM, Keras 1's output_dim."""
    old = reading_of(
        "model = Sequential()\nmodel.add(LSTM(10, input_dim=5, input_length=7))\nmodel.add(Dense(output_dim=3))"
    )
    assert blocks_of(old) == [
        "input_layer: Input(shape=[7, 5])",
        "lstm: LSTM(units=10, input_length=7)",
        "dense: Dense(output_dim=3, units=3)",
    ]
    batch = reading_of("m = Sequential([LSTM(4, batch_input_shape=(1, 3, 2), stateful=True)])")
    assert blocks_of(batch) == [
        "input_layer: Input(batch_shape=[1, 3, 2])",
        "lstm: LSTM(units=4, batch_input_shape=[1, 3, 2], stateful=True)",
    ]
    gpu = reading_of("from keras.layers import CuDNNLSTM\nm = Sequential([Input((5, 2)), CuDNNLSTM(4)])")
    assert blocks_of(gpu)[1] == "lstm: LSTM(units=4)"
    assert gpu.drafts[0].assumed[0].reason == "this Keras has no CuDNNLSTM: LSTM does its work"
    steps = reading_of("m = Sequential([Input((5, 2)), TimeDistributedDense(4)])")
    assert blocks_of(steps)[1] == "dense: Dense(units=4)"
    late = reading_of("m = Sequential([LSTM(4, input_shape=(5, 2)), Dense(3, input_shape=(9,))])")
    assert reasons_of(late) == ["Keras ignores input_shape on a layer that is not the first"]


def test_shapes_of_literal_data_make_the_input_and_the_sample() -> None:
    """No array is made; reshape, slices and `x.shape` are followed."""
    reading = reading_of("""
        data = np.random.rand(64, 120).reshape((64, 40, 3))
        train, labels = data[:48], np.zeros((48, 1))
        model = Sequential([LSTM(train.shape[2] * 4), Dense(labels.shape[1])])
        model.fit(train, labels)
    """)
    assert blocks_of(reading) == ["input_layer: Input(shape=[40, 3])", "lstm: LSTM(units=12)", "dense: Dense(units=1)"]
    assert not reading.drafts[0].assumed
    assert reading.drafts[0].document.sample == {"batch": 48}
    open_length = reading_of("m = Sequential([Input((None, 3)), LSTM(2)])\nm.predict(np.ones((5, 9, 3)))")
    assert open_length.drafts[0].document.sample == {"batch": 5, "inputs": {"input_layer": {"timesteps": 9}}}


def test_a_model_by_subclassing_is_read_where_it_is_simple() -> None:
    """Layers of `__init__`, a list of them, `call`; what a layer of the text computes is a block that cannot be run."""
    reading = reading_of("""
        class Score(layers.Layer):
            def build(self, shape):
                self.w = self.add_weight(shape=(shape[-1], 1))
            def call(self, x):
                return K.dot(x, self.w)

        class Net(Model):
            def __init__(self, units, depth=2, **kwargs):
                super().__init__(**kwargs)
                self.readers = [layers.GRU(units, return_sequences=True) for _ in range(depth)]
                self.score = Score()
            def call(self, x, training=None):
                for reader in self.readers:
                    x = reader(x)
                return self.score(x)

        net = Net(16)
        net.build((None, 12, 5))
    """)
    assert blocks_of(reading) == [
        "input_layer: Input(shape=[12, 5])",
        "gru: GRU(units=16, return_sequences=True)",
        "gru_1: GRU(units=16, return_sequences=True)",
        "score: Score()",
    ]
    assert "what Score computes is not read: it stands as a block that cannot be run" in reasons_of(reading)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the text is empty"),
        ("hello, my model does not work (see below", "neither Python that builds a model nor an error"),
        ("x = 1\nprint(x + 1)", "builds no model"),
        ("x" * (1 << 20) + "y", "larger than 1 MiB"),
        ("AttributeError: 'NoneType' object has no attribute 'shape'", "no model is known that makes Keras say"),
        ("model = Sequential([LSTM(3)", "line 1 looks like Python and could not be read"),
    ],
)
def test_a_text_that_says_nothing_is_one_sentence(text: str, said: str) -> None:
    """What, and what to paste instead."""
    with pytest.raises(PasteError) as refused:
        reading_of(text)
    assert said in str(refused.value)
    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def f(n):\n    return f(n - 1)\nf(3)", "functions call each other more than 24 deep"),
        ("while True:\n    model.add(Dense(3))", "the model has more than 1,000 blocks"),
        ("for i in range(10 ** 12):\n    n = i", None),
        ("for i in range(10 ** 12):\n    q = Dense(i)", "it takes more than 40,000 steps to follow"),
        ("a = [0] * 10 ** 9 + list(range(10 ** 12)) + ['x' * 10 ** 9] + [10 ** 10 ** 9]", None),
        ("x = " + "-" * 3000 + "1", None),
        ("x = " + "(" * 200 + "1" + ")" * 200, "it is nested deeper than 90 brackets"),
        ("x = " + "[" * 85 + "]" * 85, None),
        ("f = lambda n: f(n) + f(n)\nf(2)", "functions call each other more than 24 deep"),
        ("q = [[[a for a in range(999)] for b in range(999)] for c in range(999)]", "it takes more than 40,000 steps to follow"),
    ],
)  # fmt: skip
def test_nothing_takes_for_ever(code: str, reason: str | None) -> None:
    """Loops, recursion, nesting and huge values are bounded; the rest of the text is still drawn."""
    reading = reading_of(f"model = Sequential([Input((None, 2)), LSTM(4)])\n{code}\n")
    assert blocks_of(reading)[1] == "lstm: LSTM(units=4)"
    assert reason is None or reason in reasons_of(reading)


def test_what_is_left_out_stays_as_a_note_with_the_reason() -> None:
    """And the document with its notes is one that can be saved and read."""
    reading = reading_of("""
        model = Sequential([Input((None, 2)), LSTM(4)])
        model.add(CRF(5))
        for units in sizes:
            model.add(Dense(units))
    """)
    document = reading.drafts[0].document
    assert reasons_of(reading) == [
        "CRF is no layer of Keras: it stands as a block that cannot be run",
        "how often this loop goes round is not known: it was followed once",
    ]
    assert [note["text"] for note in document.notes] == [
        f"Line {left.line} was left out, {left.reason}: {left.text}" for left in reading.skipped
    ]
    assert decode_text(encode_text(document)) == document
    places = list(document.layout.values())
    assert set(document.layout) == set(document.graph.by_id)
    assert len(set(places)) == len(places)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Notes what Python itself says is opened, executed, imported or started."""
    seen: list[str] = []
    on = True
    odd = ("exec", "open", "import", "os.", "subprocess.", "socket.", "ctypes.", "shutil.", "urllib.")

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        syntax_error = arguments[:1] == ("<unknown>",)  # Python looks for the line of a syntax error in that file
        if on and event.startswith(odd) and not syntax_error:
            seen.append(f"{event} {arguments!r:.80}")

    sys.addaudithook(hook)
    try:
        yield seen
    finally:
        on = False


def test_nothing_of_a_text_is_executed_imported_or_opened(tmp_path: Path) -> None:
    """Python's own audit says so, for hostile code and for the whole corpus."""
    target = tmp_path / "written"
    hostile = f"""
        import os, antigravity
        os.system("touch {target}")
        __import__("os").system("touch {target}")
        eval("open('{target}', 'w')"), exec("import this"), open("{target}", "w")
        getattr(os, "system")("touch {target}")
        class A(dict):
            def __class_getitem__(cls, key): open("{target}", "w")
        x = A[os.system("touch {target}")]
        f"{{open('{target}', 'w')}}"
        weights = np.load("{target}"); frame = pd.read_csv("http://127.0.0.1:9/data.csv")
        model = Sequential([Embedding(3, 4, weights=[weights]), LSTM(os.getpid()), Lambda(lambda x: os.system("x"))])
    """
    reading_of(hostile)
    with watched() as seen:
        reading_of(hostile)
        for paste in CORPUS:
            reading_of(paste.text)
    assert seen == []
    assert not target.exists()
    with watched() as seen:
        compile("1", "test", "eval")
        open(__file__).close()
    assert seen, "the watch itself sees something"


def test_operators_and_slices_are_blocks() -> None:
    """Arithmetic between tensors and numbers, slices, functions of TensorFlow, keras.backend and keras.ops, Lambda layers."""
    reading = reading_of("""
        series = keras.Input((None, 4))
        states = layers.LSTM(4, return_sequences=True)(series)
        mixed = (states + series) * 0.5
        last = mixed[:, -1, :]
        summary = tf.reduce_mean(states, axis=1)
        both = layers.Lambda(lambda parts: tf.concat(parts, axis=-1))([last, summary])
        both -= 1.0
        model = keras.Model(series, layers.Dense(1)(both))
    """)
    assert [line.split(":", 1)[1].strip() for line in blocks_of(reading)[2:]] == [
        "keras.ops.add()", "keras.ops.multiply(x2=0.5)", "keras.ops.getitem(key=':, -1, :')", "keras.ops.mean(axis=1)",
        "keras.ops.concatenate(axis=-1)", "keras.ops.subtract(x2=1.0)", "Dense(units=1)",
    ]  # fmt: skip
    assert {
        "lstm.output > add.x1",
        "series.output > add.x2",
        "getitem.output > concatenate.xs",
        "mean.output > concatenate.xs",
    } <= set(wires_of(reading))
    assert not reading.skipped


def test_functions_of_the_modules_of_keras_ops_are_blocks() -> None:
    """`nn`, `numpy` and `linalg` hold the same functions under a second name, `image` its own."""
    reading = reading_of("""
        frames = keras.Input((8, 8, 3))
        small = keras.ops.image.resize(frames, (4, 4))
        soft = keras.ops.nn.relu(keras.ops.numpy.mean(small, axis=1))
        model = keras.Model(frames, keras.ops.linalg.norm(soft, axis=-1))
    """)
    assert [line.split(":", 1)[1].strip() for line in blocks_of(reading)[1:]] == [
        "keras.ops.image.resize(size=[4, 4])", "keras.ops.mean(axis=1)", "keras.ops.relu()", "keras.ops.norm(axis=-1)",
    ]  # fmt: skip
    assert not reading.skipped
