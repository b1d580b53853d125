"""Windows, channels, reshapes, arguments and masks that a layer cannot take."""

from __future__ import annotations

from tests.causes.asked import EMBEDDING, SEQUENCES, Asked, Named, layer, padded, series, tokens

MASKING: Named = ("masking", "Masking", {})
WINDOWS = (
    Asked(
        "more poolings than steps", "keras-team/keras#10128",
        (series(8, 20), ("conv", "Conv1D", {"filters": 8, "kernel_size": 3}), ("pool", "MaxPooling1D", {"pool_size": 3}),
         ("conv_2", "Conv1D", {"filters": 8, "kernel_size": 3}), ("pool_2", "MaxPooling1D", {"pool_size": 3}),
         ("conv_3", "Conv1D", {"filters": 8, "kernel_size": 3})),
        "shape.short", "conv_3", "pool_2", "Keep the length in conv_3 (padding same)",
    ),
    Asked(
        "one step of twenty features", "keras-team/keras#3915",
        (series(20, 1), ("conv", "Conv1D", {"filters": 8, "kernel_size": 3}), ("flat", "Flatten", {}), ("out", "Dense", {"units": 5})),
        "shape.short", "conv", "series", "Put the channels of series last (B, 20, 1)",
    ),
    Asked(
        "a pooling wider than the sequence", "rstudio/keras3#110",
        (series(4, 27), ("pool", "MaxPooling1D", {"pool_size": 35})),
        "shape.short", "pool", "series", "Keep the length in pool (padding same)",
    ),
    Asked(
        "channels first in the Input", "question sites",
        (("image", "Input", {"shape": [1, 28, 28]}), ("conv", "Conv2D", {"filters": 4, "kernel_size": 3})),
        "shape.short", "conv", "image", "Put the channels of image last (B, 28, 28, 1)",
    ),
    Asked(
        "Conv1D over channels first on the CPU", "EricGJB/DL-based-signal-detection#2",
        (series(20, 4), ("conv", "Conv1D", {"filters": 4, "kernel_size": 3, "data_format": "channels_first"})),
        "device.channels_first", "conv", "", "Put the channels last (B, 20, 4) (Permute)",
    ),
    Asked(
        "TimeDistributed(Conv1D) on embedded words", "keras-team/keras#4380",
        (tokens(30), ("embedding", "Embedding", {"input_dim": 50, "output_dim": 8}),
         ("conv", "TimeDistributed", {"layer": layer("Conv1D", filters=4, kernel_size=5)})),
        "shape.channels", "conv", "embedding", "Use Conv1D by itself, over time",
    ),
    Asked(
        "TimeDistributed(Conv1D) on a signal", "keras-team/keras#2090",
        (series(64, 4), ("conv", "TimeDistributed", {"layer": layer("Conv1D", filters=4, kernel_size=3, padding="same")})),
        "shape.channels", "conv", "series", "Use Conv1D by itself, over time",
    ),
    Asked(
        "TimeDistributed(Conv2D) on frames without channels", "anayebi/keras-extra#14",
        (("frames", "Input", {"shape": [16, 28, 28]}), ("conv", "TimeDistributed", {"layer": layer("Conv2D", filters=2, kernel_size=5)})),
        "shape.channels", "conv", "frames", "Add one channel (B, 16, 28, 28, 1) (Reshape)",
    ),
    Asked(
        "a Reshape to the length before pooling", "keras-team/keras#4534",
        (series(8, 30), ("pool", "MaxPooling1D", {"pool_size": 2}), ("shape", "Reshape", {"target_shape": [30, 8]})),
        "shape.total", "shape", "pool", "Let shape work out its axis 1 (-1)",
    ),
    Asked(
        "a Reshape of a sequence of any length", "question sites",
        (series(4), ("shape", "Reshape", {"target_shape": [5, 6]}), ("lstm", "LSTM", {"units": 4})),
        "shape.total", "shape", "", "Keep the last axis (B, T, 4)",
    ),
)  # fmt: skip
ARGUMENTS = (
    Asked(
        "a stateful LSTM without a batch", "keras-team/keras#1125",
        (series(length=5), ("lstm", "LSTM", {"units": 4, "stateful": True})),
        "shape.batch", "lstm", "series", "Fix the batch of series to 32",
    ),
    Asked(
        "a stateful LSTM after an Embedding", "keras-team/keras#1902",
        (tokens(10), ("embedding", "Embedding", {"input_dim": 20, "output_dim": 8}), ("lstm", "LSTM", {"units": 4, "stateful": True})),
        "shape.batch", "lstm", "tokens", "Fix the batch of tokens to 32",
    ),
    Asked(
        "Bidirectional of a Dense", "question sites",
        (series(), ("both", "Bidirectional", {"layer": layer("Dense", units=4)})),
        "argument.invalid", "both", "", "Use Dense by itself",
    ),
    Asked(
        "Bidirectional, stateful, with states", "question sites",
        (("series", "Input", {"batch_shape": [2, 5, 3]}),
         ("both", "Bidirectional", {"layer": layer("LSTM", units=4, stateful=True, return_state=True)})),
        "keras.bug", "both", "", "Turn off return_state in both",
    ),
    Asked(
        "a tuple as units", "keras-team/keras#1401",
        (series(5, 10), ("encoded", "LSTM", {"units": [10, 5]})),
        "argument.invalid", "encoded", "", "Set units to 32",
    ),
    Asked(
        "a misspelled activation", "question sites",
        (series(), ("lstm", "LSTM", {"units": 4, "activation": "tnah"})),
        "argument.invalid", "lstm", "", "Set activation to “tanh”",
    ),
    Asked(
        "the old name of an argument", "keras-team/keras#870",
        (series(), ("lstm", "LSTM", {"units": 4, "return_sequence": True})),
        "argument.unknown", "lstm", "", "Rename return_sequence to return_sequences",
    ),
)  # fmt: skip
MASKS = (
    Asked(
        "Softmax after masked scores", "keras-team/keras#3086",
        (series(), MASKING, ("softmax", "Softmax", {})),
        "mask.shape", "softmax", "", "Use Activation softmax instead", sample=padded(),
    ),
    Asked(
        "a GRU over each document of sentences, masked", "question sites",
        (("documents", "Input", {"shape": [None, 5]}), MASKING, ("each", "TimeDistributed", {"layer": layer("BatchNormalization")}),
         ("pool", "TimeDistributed", {"layer": layer("Softmax")})),
        "mask.shape", "pool", "", "Use Activation softmax inside", sample=padded("documents"),
    ),
    Asked(
        "pooling each step of a masked sequence", "question sites",
        (series(), MASKING, ("each", "TimeDistributed", {"layer": layer("GlobalAveragePooling1D")})),
        "mask.shape", "each", "", "Use GlobalAveragePooling1D by itself", sample=padded(),
    ),
    Asked(
        "flags for each number as a mask", "question sites",
        (series(), ("flags", "Input", {"shape": [None, 3], "dtype": "bool"}), ("lstm", "LSTM", {"units": 5, **SEQUENCES})),
        "mask.shape", "lstm", "flags", "Take the mask wire off lstm", wires=("series>lstm", "flags>lstm.mask"),
    ),
    Asked(
        "the mask from before a convolution", "keras-team/tf-keras#585",
        (series(), MASKING, ("conv", "Conv1D", {"filters": 4, "kernel_size": 3}), ("lstm", "LSTM", {"units": 4})),
        "mask.length", "lstm", "masking", "Keep the length in conv (padding same)",
        wires=("series>masking", "masking>conv", "conv>lstm", "masking.output.mask>lstm.mask"), sample=padded(),
    ),
    Asked(
        "an Embedding's mask through a convolution", "keras-team/keras#7182",
        (tokens(), EMBEDDING, ("conv", "Conv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}), ("gru", "GRU", {"units": 4})),
        "mask.dropped", "conv", "", "Give the mask to gru explicitly", sample=padded("tokens"),
    ),
    Asked(
        "a mask through RMSNormalization", "documentation",
        (series(), MASKING, ("scale", "RMSNormalization", {}), ("lstm", "LSTM", {"units": 4})),
        "mask.dropped", "scale", "", "Use LayerNormalization instead, which uses the mask", sample=padded(),
    ),
)  # fmt: skip
ASKED = WINDOWS + ARGUMENTS + MASKS
