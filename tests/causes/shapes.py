"""Axes too few or too many, and sizes that are not known."""

from __future__ import annotations

from tests.causes.asked import SEQUENCES, Asked, layer, series, tokens

FEW = (
    Asked(
        "an LSTM on an LSTM", "keras-team/keras#1401",
        (series(), ("encoded", "LSTM", {"units": 3}), ("decoded", "LSTM", {"units": 5, **SEQUENCES})),
        "shape.ndim", "decoded", "encoded", "Turn on return_sequences in encoded",
    ),
    Asked(
        "three LSTMs in a row without return_sequences", "question sites",
        (series(), ("one", "LSTM", {"units": 4}), ("two", "LSTM", {"units": 4}), ("three", "LSTM", {"units": 4})),
        "shape.ndim", "two", "one", "Turn on return_sequences in one and two",
    ),
    Asked(
        "a Dropout between two GRUs", "question sites",
        (series(), ("one", "GRU", {"units": 4}), ("drop", "Dropout", {"rate": 0.2}), ("two", "GRU", {"units": 4})),
        "shape.ndim", "two", "one", "Turn on return_sequences in one",
    ),
    Asked(
        "a deep bidirectional LSTM", "keras-team/keras#1629",
        (series(10, 5), ("reader", "Bidirectional", {"layer": layer("LSTM", units=10)}),
         ("second", "Bidirectional", {"layer": layer("LSTM", units=10)})),
        "shape.ndim", "second", "reader", "Turn on return_sequences in reader",
    ),
    Asked(
        "TimeDistributed(Dense) after the last step", "question sites",
        (series(), ("lstm", "LSTM", {"units": 4}), ("each", "TimeDistributed", {"layer": layer("Dense", units=1)})),
        "shape.ndim", "each", "lstm", "Turn on return_sequences in lstm",
    ),
    Asked(
        "Conv1D after an LSTM", "question sites",
        (series(), ("lstm", "LSTM", {"units": 4}), ("conv", "Conv1D", {"filters": 8, "kernel_size": 3})),
        "shape.ndim", "conv", "lstm", "Turn on return_sequences in lstm",
    ),
    Asked(
        "pooling over time after the last step", "question sites",
        (series(), ("lstm", "LSTM", {"units": 4}), ("pool", "GlobalMaxPooling1D", {}), ("out", "Dense", {"units": 1})),
        "shape.ndim", "pool", "lstm", "Turn on return_sequences in lstm",
    ),
    Asked(
        "RNN of a cell after the last step", "documentation",
        (series(), ("lstm", "LSTM", {"units": 4}), ("rnn", "RNN", {"cell": layer("GRUCell", units=4)})),
        "shape.ndim", "rnn", "lstm", "Turn on return_sequences in lstm",
    ),
    Asked(
        "self-attention over the last step", "question sites",
        (series(), ("lstm", "LSTM", {"units": 4}), ("attention", "MultiHeadAttention", {"num_heads": 2, "key_dim": 4})),
        "shape.ndim", "attention", "lstm", "Turn on return_sequences in lstm",
        wires=("series>lstm", "lstm>attention.query", "lstm>attention.value"),
    ),
    Asked(
        "a table of features into an LSTM", "shreyans29/thesemicolon#5",
        (("table", "Input", {"shape": [15]}), ("lstm", "LSTM", {"units": 8, **SEQUENCES})),
        "shape.ndim", "lstm", "table", "Make table (B, T, 15)",
    ),
    Asked(
        "700 samples of 57 columns into an LSTM", "keras-team/tf-keras#525",
        (("columns", "Input", {"batch_shape": [None, 57]}), ("lstm", "LSTM", {"units": 8})),
        "shape.ndim", "lstm", "columns", "Make columns (B, T, 57)",
    ),
    Asked(
        "tokens into an LSTM without an Embedding", "question sites",
        (tokens(), ("lstm", "LSTM", {"units": 8})),
        "shape.ndim", "lstm", "tokens", "Look tokens up (Embedding)",
    ),
    Asked(
        "Flatten before an LSTM", "question sites",
        (series(length=10), ("flat", "Flatten", {}), ("lstm", "LSTM", {"units": 8})),
        "shape.ndim", "lstm", "flat", "Take flat out",
    ),
    Asked(
        "global pooling before an LSTM", "question sites",
        (series(), ("conv", "Conv1D", {"filters": 4, "kernel_size": 2}), ("pool", "GlobalMaxPooling1D", {}),
         ("lstm", "LSTM", {"units": 8})),
        "shape.ndim", "lstm", "pool", "Take pool out",
    ),
    Asked(
        "Conv1D on a table", "keras-team/keras#870",
        (("window", "Input", {"shape": [20]}), ("conv", "Conv1D", {"filters": 8, "kernel_size": 3})),
        "shape.ndim", "conv", "window", "Make window (B, T, 20)",
    ),
    Asked(
        "ConvLSTM2D on images without channels", "keras-team/keras#9763",
        (("frames", "Input", {"shape": [5, 16, 16]}), ("lstm", "ConvLSTM2D", {"filters": 2, "kernel_size": 3})),
        "shape.ndim", "lstm", "frames", "Make frames (B, 5, 16, 16, 1)",
    ),
    Asked(
        "a second ConvLSTM2D after the last frame", "question sites",
        (("frames", "Input", {"shape": [5, 8, 8, 1]}), ("one", "ConvLSTM2D", {"filters": 2, "kernel_size": 3}),
         ("two", "ConvLSTM2D", {"filters": 2, "kernel_size": 3})),
        "shape.ndim", "two", "one", "Turn on return_sequences in one",
    ),
    Asked(
        "EinsumDense of a sequence on vectors", "documentation",
        (series(), ("lstm", "LSTM", {"units": 4}), ("dense", "EinsumDense", {"equation": "abc,cd->abd", "output_shape": [None, 2]})),
        "shape.ndim", "dense", "lstm", "Turn on return_sequences in lstm",
    ),
)  # fmt: skip
MANY = (
    Asked(
        "the batch in the shape of the Input", "keras-team/keras#11480",
        (("frames", "Input", {"shape": [1, 6, 30]}), ("lstm", "LSTM", {"units": 100, **SEQUENCES})),
        "shape.ndim", "lstm", "frames", "Take the first axis off frames: Keras adds the batch itself (B, 6, 30)",
    ),
    Asked(
        "x_train.shape as the shape of the Input", "keras-team/keras#10235",
        (("frames", "Input", {"shape": [4, 3, 1, 1, 6]}), ("lstm", "ConvLSTM2D", {"filters": 2, "kernel_size": [1, 1]})),
        "shape.ndim", "lstm", "frames", "Take the first axis off frames: Keras adds the batch itself (B, 3, 1, 1, 6)",
    ),
    Asked(
        "an Embedding of real features", "question sites",
        (series(), ("embedding", "Embedding", {"input_dim": 100, "output_dim": 8}), ("lstm", "LSTM", {"units": 4})),
        "shape.ndim", "lstm", "embedding", "Make series one token a step (B, T)",
    ),
    Asked(
        "two tokens a step, embedded", "keras-team/keras#5235",
        (("pairs", "Input", {"shape": [80, 2], "dtype": "int32"}), ("embedding", "Embedding", {"input_dim": 100, "output_dim": 8}),
         ("lstm", "LSTM", {"units": 4})),
        "shape.ndim", "lstm", "embedding", "Make pairs one token a step (B, 80)",
    ),
    Asked(
        "words of characters into one LSTM", "keras-team/keras#7403",
        (("text", "Input", {"shape": [None, 40, 6]}), ("lstm", "LSTM", {"units": 4})),
        "shape.ndim", "lstm", "text", "Put the last axes together (B, T, 240) (Reshape)",
    ),
    Asked(
        "images over time into an LSTM", "question sites",
        (("frames", "Input", {"shape": [10, 8, 8]}),
         ("lstm", "LSTM", {"units": 4})),
        "shape.ndim", "lstm", "frames", "Take the first axis off frames: Keras adds the batch itself (B, 8, 8)",
    ),
    Asked(
        "RepeatVector of a sequence", "DOsinga/deep_learning_cookbook#42",
        (series(), ("question", "LSTM", {"units": 4, **SEQUENCES}), ("repeat", "RepeatVector", {"n": 7}),
         ("decoder", "LSTM", {"units": 4, **SEQUENCES})),
        "shape.ndim", "repeat", "question", "Turn off return_sequences in question",
    ),
    Asked(
        "Conv2D after ConvLSTM2D with all frames", "iamrakesh28/Video-Prediction#4",
        (("frames", "Input", {"shape": [5, 8, 8, 1]}), ("lstm", "ConvLSTM2D", {"filters": 2, "kernel_size": 3, **SEQUENCES}),
         ("conv", "Conv2D", {"filters": 1, "kernel_size": 3})),
        "shape.ndim", "conv", "lstm", "Turn off return_sequences in lstm",
    ),
)  # fmt: skip
UNKNOWN = (
    Asked(
        "Flatten of a sequence of any length", "OverLordGoldDragon/see-rnn#53",
        (series(), ("lstm", "LSTM", {"units": 4, **SEQUENCES}), ("flat", "Flatten", {}), ("out", "Dense", {"units": 1})),
        "shape.unknown", "out", "flat", "Average over time instead (GlobalAveragePooling1D)",
    ),
    Asked(
        "Flatten of embedded tokens of any length", "keras-team/keras#1483",
        (tokens(), ("embedding", "Embedding", {"input_dim": 50, "output_dim": 8}), ("flat", "Flatten", {}),
         ("out", "Dense", {"units": 1})),
        "shape.unknown", "out", "flat", "Average over time instead (GlobalAveragePooling1D)",
    ),
    Asked(
        "time and features permuted", "question sites",
        (series(), ("swap", "Permute", {"dims": [2, 1]}), ("lstm", "LSTM", {"units": 4})),
        "shape.unknown", "lstm", "swap", "Fix the length of series, such as 10 (B, 10, 3)",
    ),
    Asked(
        "time and features in the wrong order in the Input", "tensorflow/tensorflow#36624",
        (("series", "Input", {"shape": [10, None]}), ("lstm", "LSTM", {"units": 4})),
        "shape.unknown", "lstm", "series", "Swap the axes of series (B, T, 10)",
    ),
    Asked(
        "Dense on an open vector", "question sites",
        (("numbers", "Input", {"shape": [None]}), ("out", "Dense", {"units": 4})),
        "shape.unknown", "out", "numbers", "Make numbers one number a step (B, T, 1)",
    ),
    Asked(
        "TimeDistributed(LSTM) on a plain sequence", "question sites",
        (series(), ("each", "TimeDistributed", {"layer": layer("LSTM", units=4)}), ("out", "Dense", {"units": 1})),
        "shape.ndim", "each", "", "Use LSTM by itself, every step",
    ),
    Asked(
        "RNN around an LSTM layer", "question sites",
        (series(), ("rnn", "RNN", {"cell": layer("LSTM", units=4)})),
        "argument.cell", "rnn", "", "Use the cell: RNN(LSTMCell)",
    ),
    Asked(
        "a Dense after convolutions of any length", "alexissa32/DataScienceMusic#1",
        (tokens(), ("embedding", "Embedding", {"input_dim": 50, "output_dim": 8}),
         ("conv", "Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}), ("flat", "Flatten", {}), ("out", "Dense", {"units": 1})),
        "shape.unknown", "out", "flat", "Average over time instead (GlobalAveragePooling1D)",
    ),
)  # fmt: skip
ASKED = FEW + MANY + UNKNOWN
