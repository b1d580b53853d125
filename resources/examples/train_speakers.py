"""Trains the speaker classifier of the example “08 trained speakers” and writes its weights beside this file.

`python train_speakers.py`: plain Keras, one minute on a CPU, the same weights every time on the same machine.
It prints the accuracy on the test part, whose utterances training never saw.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

HERE = Path(__file__).resolve().parent
WEIGHTS = "08_trained_speakers.weights.h5"
SPEAKERS, FEATURES, UNITS = 9, 12, 16
SEED, EPOCHS, BATCH = 7, 150, 16


def build_model() -> keras.Model:
    """Cepstrum frames (B, T, 12), padded with zeros, to the probability of each speaker (B, 9)."""
    return keras.Sequential(
        [
            keras.Input((None, FEATURES)),
            layers.Masking(name="real_frames"),
            layers.LSTM(UNITS, name="listener"),
            layers.Dropout(0.3, name="forget_some"),
            layers.Dense(SPEAKERS, activation="softmax", name="speaker"),
        ]
    )


def main() -> None:
    """Trains, writes the weights, says the accuracy."""
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    arrays = np.load(HERE / "japanese_vowels.npz", allow_pickle=False)
    model = build_model()
    steps = EPOCHS * -(-len(arrays["train_x"]) // BATCH)
    model.compile(
        optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, steps)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(arrays["train_x"], arrays["train_y"], batch_size=BATCH, epochs=EPOCHS, verbose=2)
    _, accuracy = model.evaluate(arrays["test_x"], arrays["test_y"], verbose=0)
    alone = build_model()  # without the optimizer, whose state nobody needs
    alone.set_weights(model.get_weights())
    alone.save_weights(HERE / WEIGHTS)
    print(f"Accuracy on the {len(arrays['test_y'])} utterances of the test part: {accuracy:.3f}")


if __name__ == "__main__":
    main()
