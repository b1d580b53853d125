"""What Keras says nothing about."""

from __future__ import annotations

from tests.causes.asked import EMBEDDING, SEQUENCES, Asked, Named, layer, padded, series, tokens

MASKING: Named = ("masking", "Masking", {})
ASKED = (
    Asked(
        "attention over the last steps", "question sites",
        (series(), ("lstm", "LSTM", {"units": 4}), ("look", "Attention", {}), ("out", "Dense", {"units": 1})),
        "attention.batch", "look", "lstm", "Turn on return_sequences in lstm",
        wires=("series>lstm", "lstm>look.query", "lstm>look.value", "look>out"),
    ),
    Asked(
        "Masking after the last step", "question sites",
        (series(), ("lstm", "LSTM", {"units": 4}), MASKING, ("out", "Dense", {"units": 1})),
        "masking.vectors", "masking", "lstm", "Turn on return_sequences in lstm",
    ),
    Asked(
        "real numbers into an Embedding", "question sites",
        (("numbers", "Input", {"shape": [None]}), ("embedding", "Embedding", {"input_dim": 50, "output_dim": 4}), ("lstm", "LSTM", {"units": 4})),
        "embedding.numbers", "embedding", "numbers", "Make numbers tokens (int32)",
        sample={"batch": 4, "inputs": {"numbers": {"kind": "uniform"}}},
    ),
    Asked(
        "padding of other value than the mask's", "keras-team/keras#725",
        (series(), MASKING, ("lstm", "LSTM", {"units": 4})),
        "masking.misses", "masking", "series", "Set mask_value of masking to -1", sample=padded(pad_value=-1),
    ),
    Asked(
        "Masking after a Dense", "question sites",
        (series(), ("dense", "Dense", {"units": 4, "bias_initializer": "ones"}), MASKING, ("lstm", "LSTM", {"units": 4})),
        "masking.misses", "masking", "dense", "Mask directly after series", sample=padded(),
    ),
    Asked(
        "an LSTM over zero padding", "keras-team/keras#725",
        (series(), ("lstm", "LSTM", {"units": 4}), ("out", "Dense", {"units": 1})),
        "padding.read", "lstm", "series", "Mask the padding after series (Masking)", sample=padded(),
    ),
    Asked(
        "an LSTM over padded tokens without mask_zero", "aneesh-joshi/LSTM_POS_Tagger#8",
        (tokens(), ("embedding", "Embedding", {"input_dim": 50, "output_dim": 8}), ("lstm", "LSTM", {"units": 4})),
        "padding.read", "lstm", "tokens", "Turn on mask_zero in embedding", sample=padded("tokens"),
    ),
    Asked(
        "both directions over padded tokens", "question sites",
        (tokens(), ("embedding", "Embedding", {"input_dim": 50, "output_dim": 8}),
         ("reader", "Bidirectional", {"layer": layer("LSTM", units=4, return_sequences=True)}), ("out", "Dense", {"units": 1})),
        "padding.read", "reader", "tokens", "Turn on mask_zero in embedding", sample=padded("tokens"),
    ),
    Asked(
        "an average that counts padding", "keras-team/keras#3733",
        (tokens(), ("embedding", "Embedding", {"input_dim": 50, "output_dim": 8}), ("mean", "GlobalAveragePooling1D", {})),
        "padding.read", "mean", "tokens", "Turn on mask_zero in embedding", sample=padded("tokens"),
    ),
    Asked(
        "a maximum that takes no mask", "tensorflow/tensorflow#33260",
        (tokens(), EMBEDDING, ("lstm", "LSTM", {"units": 4, **SEQUENCES}), ("most", "GlobalMaxPooling1D", {})),
        "padding.read", "most", "tokens", "Use GlobalAveragePooling1D instead, which uses the mask",
        sample=padded("tokens", pad_value=0, padding="pre"),
    ),
    Asked(
        "a reader that runs backwards, masked", "question sites",
        (series(), MASKING, ("back", "LSTM", {"units": 4, "go_backwards": True, **SEQUENCES}), ("out", "Dense", {"units": 1})),
        "mask.reversed", "back", "", "Turn off go_backwards in back", sample=padded(),
    ),
    Asked(
        "softmax of one score a step", "question sites",
        (series(), ("score", "Dense", {"units": 1}), ("weight", "Activation", {"activation": "softmax"})),
        "softmax.single", "weight", "", "Take it over time instead (Softmax, axis 1)",
    ),
    Asked(
        "one class with softmax", "question sites",
        (series(), ("lstm", "LSTM", {"units": 4}), ("out", "Dense", {"units": 1, "activation": "softmax"})),
        "softmax.single", "out", "", "Use sigmoid in out",
    ),
    Asked(
        "attention weights on padding", "question sites",
        (series(), ("score", "Dense", {"units": 1}),  ("weight", "Softmax", {"axis": 1})),
        "softmax.padding", "weight", "series", "", sample=padded(),
    ),
    Asked(
        "an average over a sequence without a valid step", "question sites",
        (series(), MASKING, ("mean", "GlobalAveragePooling1D", {})),
        "pooling.empty", "mean", "", "", sample=padded(lengths=(5, 0, 3)),
    ),
)  # fmt: skip
