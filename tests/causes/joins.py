"""Merges, states, shared layers and attention that do not fit together; several tensors where one is meant."""

from __future__ import annotations

from tests.causes.asked import SEQUENCES, STATES, Asked, Named, layer, series, tokens

TARGET: Named = ("target", "Input", {"shape": [None, 3]})
MERGES = (
    Asked(
        "a sequence beside a vector", "keras-team/keras#8816",
        (series(), ("lstm", "LSTM", {"units": 8, **SEQUENCES}), ("meta", "Input", {"shape": [8]}), ("join", "Concatenate", {})),
        "merge.shapes", "join", "meta", "Turn off return_sequences in lstm",
        wires=("series>lstm", "lstm>join", "meta>join"),
    ),
    Asked(
        "branches of other lengths, joined on features", "keras-team/keras#14248",
        (("words", "Input", {"shape": [64, 128]}), ("chars", "Input", {"shape": [140, 128]}), ("join", "Concatenate", {})),
        "merge.shapes", "join", "chars", "Join them along time (axis 1)", wires=("words>join", "chars>join"),
    ),
    Asked(
        "a residual connection of other width", "question sites",
        (series(), ("lstm", "LSTM", {"units": 8, **SEQUENCES}), ("add", "Add", {})),
        "merge.shapes", "add", "lstm", "Set units of lstm to 3", wires=("series>lstm", "series>add", "lstm>add"),
    ),
    Asked(
        "forward and backward readers of other size, added", "question sites",
        (series(), ("one", "GRU", {"units": 8, **SEQUENCES}), ("two", "GRU", {"units": 6, **SEQUENCES}), ("add", "Average", {})),
        "merge.shapes", "add", "two", "Set units of two to 8", wires=("series>one", "series>two", "one>add", "two>add"),
    ),
    Asked(
        "the last step joined with all steps", "keras-team/keras#13367",
        (series(), ("all", "LSTM", {"units": 4, **SEQUENCES}), ("last", "LSTM", {"units": 4}), ("join", "Concatenate", {"axis": 1})),
        "merge.shapes", "join", "last", "Turn on return_sequences in last",
        wires=("series>all", "series>last", "all>join", "last>join"),
    ),
    Asked(
        "a Dot of one tensor", "question sites",
        (series(), ("join", "Dot", {"axes": 1}), ("lstm", "LSTM", {"units": 4})),
        "merge.single", "join", "", "Take join out",
    ),
    Asked(
        "an inception block without padding", "question sites",
        (series(), ("wide", "Conv1D", {"filters": 4, "kernel_size": 5}), ("narrow", "Conv1D", {"filters": 4, "kernel_size": 1}),
         ("join", "Concatenate", {})),
        "merge.lengths", "join", "wide", "Keep the length in wide (padding same)",
        wires=("series>wide", "series>narrow", "wide>join", "narrow>join"),
    ),
    Asked(
        "a residual around a convolution without padding", "question sites",
        (series(), ("conv", "Conv1D", {"filters": 3, "kernel_size": 3}), ("add", "Add", {})),
        "merge.lengths", "add", "conv", "Keep the length in conv (padding same)", wires=("series>conv", "series>add", "conv>add"),
    ),
    Asked(
        "a skip past a pooling", "question sites",
        (series(), ("pool", "MaxPooling1D", {"pool_size": 2}), ("join", "Concatenate", {})),
        "merge.lengths", "join", "pool", "Average every 2 steps of the longer one (AveragePooling1D)",
        wires=("series>pool", "series>join", "pool>join"),
    ),
)  # fmt: skip
SEQ2SEQ = (
    Asked(
        "a decoder larger than its encoder", "question sites",
        (series(), TARGET, ("encoder", "LSTM", {"units": 16, **STATES}), ("decoder", "LSTM", {"units": 32, **SEQUENCES})),
        "state.size", "decoder", "encoder", "Set units of decoder to 16",
        wires=("series>encoder", "target>decoder", "encoder.state_h>decoder.initial_state_h", "encoder.state_c>decoder.initial_state_c"),
    ),
    Asked(
        "a bidirectional encoder and a decoder", "rstudio/keras3#624",
        (series(), TARGET, ("encoder", "Bidirectional", {"layer": layer("LSTM", units=8, return_state=True)}),
         ("decoder", "LSTM", {"units": 16, **SEQUENCES})),
        "state.size", "decoder", "encoder", "Put the states of both directions side by side (Concatenate)",
        wires=("series>encoder", "target>decoder", "encoder.forward_h>decoder.initial_state_h",
               "encoder.forward_c>decoder.initial_state_c"),
    ),
    Asked(
        "the encoder's whole output as a state", "wanasit/katakana#1",
        (series(), TARGET, ("encoder", "LSTM", {"units": 8, **SEQUENCES, **STATES}), ("decoder", "LSTM", {"units": 8, **SEQUENCES})),
        "state.shape", "decoder", "encoder", "Use state_h of encoder, its last state",
        wires=("series>encoder", "target>decoder", "encoder>decoder.initial_state_h", "encoder.state_c>decoder.initial_state_c"),
    ),
    Asked(
        "one state for an LSTM that keeps two", "question sites",
        (series(), TARGET, ("encoder", "LSTM", {"units": 8, **STATES}), ("decoder", "LSTM", {"units": 8, **SEQUENCES})),
        "state.count", "decoder", "encoder", "Connect state_c of encoder too",
        wires=("series>encoder", "target>decoder", "encoder.state_h>decoder.initial_state_h"),
    ),
    Asked(
        "a GRU encoder and an LSTM decoder", "question sites",
        (series(), TARGET, ("encoder", "GRU", {"units": 8, **STATES}), ("decoder", "LSTM", {"units": 8, **SEQUENCES})),
        "state.count", "decoder", "encoder", "Give the same tensor to initial_state_c",
        wires=("series>encoder", "target>decoder", "encoder.state>decoder.initial_state_h"),
    ),
    Asked(
        "a GRU decoder of other size", "question sites",
        (series(), TARGET, ("encoder", "GRU", {"units": 8, **STATES}), ("decoder", "GRU", {"units": 12, **SEQUENCES})),
        "state.size", "decoder", "encoder", "Set units of decoder to 8",
        wires=("series>encoder", "target>decoder", "encoder.state>decoder.initial_state"),
    ),
    Asked(
        "states handed on although they are not returned", "esppk, rstudio/keras3#411",
        (series(), TARGET, ("encoder", "LSTM", {"units": 8}), ("decoder", "LSTM", {"units": 8, **SEQUENCES})),
        "wire.dangling", "decoder", "encoder", "Turn on return_state in encoder",
        wires=("series>encoder", "target>decoder", "encoder.state_h>decoder.initial_state_h", "encoder.state_c>decoder.initial_state_c"),
    ),
    Asked(
        "a layer after return_state", "tensorflow/tensorflow#36624",
        (series(), ("lstm", "LSTM", {"units": 8, **STATES}), ("out", "Dense", {"units": 1})),
        "wire.duplicate", "out", "lstm", "Use only output of lstm",
        wires=("series>lstm", "lstm>out", "lstm.state_h>out", "lstm.state_c>out"),
    ),
    Asked(
        "a layer after merge_mode None", "question sites",
        (series(), ("reader", "Bidirectional", {"layer": layer("LSTM", units=8, return_sequences=True), "merge_mode": None}),
         ("lstm", "LSTM", {"units": 4})),
        "wire.duplicate", "lstm", "reader", "Join both directions of reader (merge_mode concat)",
        wires=("series>reader", "reader.forward>lstm", "reader.backward>lstm"),
    ),
    Asked(
        "the joined output of merge_mode None", "question sites",
        (series(), ("reader", "Bidirectional", {"layer": layer("LSTM", units=8, return_sequences=True), "merge_mode": None}),
         ("lstm", "LSTM", {"units": 4})),
        "wire.dangling", "lstm", "reader", "Join both directions of reader (merge_mode concat)",
    ),
)  # fmt: skip
SHARING = (
    Asked(
        "one LSTM for two inputs of other width", "question sites",
        (series(), ("dense", "Dense", {"units": 5}), ("reader", "LSTM", {"units": 4}), ("again", "Reuse", {"of": "b3"})),
        "reuse.shape", "again", "dense", "Set units of dense to 3", wires=("series>dense", "series>reader", "dense>again"),
    ),
    Asked(
        "attention between tensors of other width", "question sites",
        (series(), ("decoder", "LSTM", {"units": 6, **SEQUENCES}), ("encoder", "LSTM", {"units": 4, **SEQUENCES}), ("look", "Attention", {})),
        "attention.shape", "look", "encoder", "Set units of encoder to 6",
        wires=("series>decoder", "series>encoder", "decoder>look.query", "encoder>look.value"),
    ),
    Asked(
        "tokens from 1 to n in n rows", "TannerGilbert/Tutorials#1",
        (tokens(), ("embedding", "Embedding", {"input_dim": 10, "output_dim": 4}), ("lstm", "LSTM", {"units": 4})),
        "embedding.token", "embedding", "tokens", "Set input_dim of embedding to 11",
        sample={"batch": 2, "inputs": {"tokens": {"lengths": [4, 6], "pad_value": 10}}},
    ),
)  # fmt: skip
ASKED = MERGES + SEQ2SEQ + SHARING
