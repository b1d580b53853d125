"""What people paste when a sequence model breaks, written anew: code, errors of four generations of Keras, both mixed.

Each paste says what must come out of it: the code of the diagnostic, the block that complains, the block that causes it,
a word of the first fix, and whether this Keras says the same.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Paste:
    """One pasted text.

    Attributes:
        code: of the diagnostic that tells the cause; empty: the model is fine.
        block, cause: names of the block that complains and of the one that causes it.
        fix: words of the first fix; empty: there is none that can be tried.
        reproduced: this Keras says the same; None: there is no message.
    """

    name: str
    text: str
    code: str
    block: str = ""
    cause: str = ""
    fix: str = ""
    kind: str = "message"
    reproduced: bool | None = True


STACKED = Paste(
    "two LSTMs, the traceback of a notebook and a question around it",
    '''Hi all, I try to stack two LSTM layers:

```python
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import LSTM, Dense

model = Sequential()
model.add(LSTM(64, input_shape=(10, 3)))
model.add(LSTM(32))
model.add(Dense(1))
model.compile(optimizer="adam", loss="mse")
```

but I get

---------------------------------------------------------------------------
ValueError                                Traceback (most recent call last)
<ipython-input-3-0c6a1d1f9e21> in <module>
      5 model.add(LSTM(64, input_shape=(10, 3)))
----> 6 model.add(LSTM(32))
      7 model.add(Dense(1))

/usr/local/lib/python3.7/dist-packages/keras/engine/input_spec.py in assert_input_compatibility(input_spec, inputs, layer_name)
    213       if ndim != spec.ndim:
--> 214         raise ValueError(f'Input {input_index} of layer "{layer_name}" '

ValueError: Input 0 of layer "lstm_1" is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 64)

What does it mean?
''',
    "shape.ndim", "lstm_1", "lstm", "return_sequences", "mixed",
)  # fmt: skip

CORPUS: tuple[Paste, ...] = (
    STACKED,
    Paste(
        "the message of Keras 3 alone",
        "ValueError: Input 0 with name 'None' of layer 'lstm_1' is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 64)",
        "shape.ndim", "lstm_1", "lstm", "return_sequences",
    ),
    Paste(
        "the message of Keras 2 alone, in colours",
        "\x1b[0;31mValueError\x1b[0m: Input 0 is incompatible with layer lstm_2: expected ndim=3, found ndim=2",
        "shape.ndim", "lstm_2", "lstm", "return_sequences",
    ),
    Paste(
        "a first layer on flat data",
        'ValueError: Input 0 of layer "lstm" is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (None, 20)',
        "shape.ndim", "lstm", "series",
    ),
    Paste(
        "a convolution on a summary, functional",
        """inputs = keras.Input(shape=(50, 8))
x = layers.GRU(32)(inputs)
x = layers.Conv1D(16, 3, activation="relu")(x)
x = layers.GlobalMaxPooling1D()(x)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
""",
        "shape.ndim", "conv1d", "gru", "return_sequences", "code", None,
    ),
    Paste(
        "data without a feature axis",
        """model = tf.keras.Sequential()
model.add(tf.keras.layers.LSTM(64, input_shape=(700, 57), return_sequences=True))
model.add(tf.keras.layers.LSTM(64))
model.add(tf.keras.layers.Dense(10, activation='softmax'))
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy')
model.fit(train_data, epochs=60)

ValueError: Input 0 of layer sequential is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received: (57, 1)
""",
        "input.data", "input_layer", "input_layer", "", "mixed", False,
    ),
    Paste(
        "one axis too many in the data, an old message alone",
        "ValueError: Error when checking input: expected lstm_1_input to have 3 dimensions, but got array with shape (1, 60, 2, 1)",
        "input.data", "series", "series", "", "message", False,
    ),
    Paste(
        "a length that the model was fixed to",
        'ValueError: Input 0 of layer "sequential_1" is incompatible with the layer: expected shape=(None, 10, 3), found shape=(32, 12, 3)',
        "input.data", "series", "series", "length", "message", False,
    ),
    Paste(
        "one prediction for each sequence, targets for one",
        """model = Sequential([
    keras.Input((45, 2)),
    LSTM(512, return_sequences=True),
    LSTM(512, return_sequences=True),
    Dense(1),
])
model.fit(x, y)
# ValueError: Error when checking target: expected dense_1 to have 3 dimensions, but got array with shape (118, 1)
""",
        "output.target", "dense", "lstm_1", "return_sequences", "mixed", False,
    ),
    Paste(
        "logits and labels",
        "ValueError: `logits` and `labels` must have the same shape, received ((None, 10, 1) vs (None, 1)).",
        "output.target", "dense", "lstm", "return_sequences", "message", False,
    ),
    Paste(
        "too few classes",
        """File "train.py", line 30, in <module>
    model.fit(x_train, y_train)
ValueError: Shapes (None, 10) and (None, 5) are incompatible""",
        "output.target", "dense", "dense", "units", "message", False,
    ),
    Paste(
        "a vector beside a sequence",
        "ValueError: A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis. Received: input_shape=[(None, 64), (None, 10, 64)]",
        "merge.shapes", "concatenate", "lstm", "return_sequences",
    ),
    Paste(
        "a residual of another width",
        """def block(x, units):
    y = layers.Dense(units, activation="relu")(x)
    return layers.Add()([x, y])

x = inputs = layers.Input((None, 16))
for units in (16, 32):
    x = block(x, units)
model = keras.Model(inputs, x)

ValueError: Inputs have incompatible shapes. Received shapes (None, 16) and (None, 32)
""",
        "merge.shapes", "add_1", "dense_1", "", "mixed",
    ),
    Paste(
        "encoder and decoder of different size",
        """latent_dim = 256
encoder_inputs = Input(shape=(None, 71))
encoder_outputs, state_h, state_c = LSTM(latent_dim, return_state=True)(encoder_inputs)
decoder_inputs = Input(shape=(None, 93))
decoder_lstm = LSTM(latent_dim * 2, return_sequences=True, return_state=True)
decoder_outputs, _, _ = decoder_lstm(decoder_inputs, initial_state=[state_h, state_c])
decoder_outputs = Dense(93, activation="softmax")(decoder_outputs)
model = Model([encoder_inputs, decoder_inputs], decoder_outputs)

InvalidArgumentError: Matrix size-incompatible: In[0]: [2,256], In[1]: [512,2048] [Op:MatMul]
""",
        "state.size", "lstm_1", "lstm", "units", "mixed",
    ),
    Paste(
        "the same from predict, without code",
        "ValueError: Dimensions must be equal, but are 16 and 32 for '{{node functional_1/decoder_1/lstm_cell_1/add}} = AddV2[T=DT_FLOAT]' with input shapes: [2,16], [2,32].",
        "state.size", "decoder", "encoder", "",
    ),
    Paste(
        "Dense after Flatten of an open length",
        "ValueError: Shapes used to initialize variables must be fully-defined (no `None` dimensions). Received: shape=(None, 16) for variable path='dense/kernel'",
        "shape.unknown", "dense", "flatten", "",
    ),
    Paste(
        "features left open",
        """model = Sequential()
model.add(Input(shape=(10, None)))
model.add(LSTM(16))
""",
        "shape.unknown", "lstm", "input_layer", "", "code", None,
    ),
    Paste(
        "all that an LSTM returns into a Dense",
        """>>> seq = Input((12, 4))
>>> lstm_out = LSTM(20, return_state=True)(seq)
>>> out = Dense(1)(lstm_out)
ValueError: Layer "dense" expects 1 input(s), but it received 3 input tensors. Inputs received: [<KerasTensor shape=(None, 20)>, <KerasTensor shape=(None, 20)>, <KerasTensor shape=(None, 20)>]
""",
        "wire.duplicate", "dense", "lstm", "", "mixed",
    ),
    Paste(
        "images without channels",
        "ValueError: Kernel shape must have the same length as input, but received kernel of shape (3, 3, 28, 8) and input of shape (None, 28, 28).",
        "shape.channels", "time_distributed", "series", "",
    ),
    Paste(
        "a window longer than the sequence",
        "ValueError: Computed output size would be zero or negative. Received `inputs shape=(None, 2, 3)`, `kernel shape=(3, 3, 8)`, `dilation_rate=1`, `strides=1`, `padding=valid`.",
        "shape.short", "conv1d", "series", "",
    ),
    Paste(
        "the same from TensorFlow 2",
        "ValueError: Negative dimension size caused by subtracting 5 from 3 for '{{node conv1d_1/conv1d}} = Conv2D[...]' with input shapes: [?,1,3,64], [1,5,64,32].",
        "shape.short", "conv1d", "series", "",
    ),
    Paste(
        "an upsampling that does not come back to the length",
        "InvalidArgumentError: {{function_node __wrapped__AddV2_device_/job:localhost/replica:0/task:0/device:CPU:0}} Incompatible shapes: [1,25,2] vs. [1,24,2] [Op:AddV2]",
        "merge.lengths", "add", "up_sampling1d", "",
    ),
    Paste(
        "unrolled without a length",
        "ValueError: Exception encountered when calling LSTM.call().\n\nCannot unroll a RNN if the time dimension is undefined. \n- If using a Sequential model, specify the time dimension by passing an `Input()` as your first layer.",
        "unroll.length", "lstm", "series", "unroll", "message", False,
    ),
    Paste(
        "Softmax over a masked sequence",
        "ValueError: The `mask` must be broadcastable to `inputs` (3D tensor). Received mask of shape (2, 10)",
        "mask.shape", "softmax", "softmax", "",
    ),
    Paste(
        "two layers of one name",
        'ValueError: The name "attention" is used 2 times in the model. All operation names should be unique.',
        "name.twice", "attention", "attention", "Call the last one", "message", False,
    ),
    Paste(
        "a batch in the first layer, from Keras 2",
        """model = Sequential()
model.add(LSTM(4, batch_input_shape=(1, 3, 1), stateful=True))
model.add(Dense(1))
model.compile(loss='mean_squared_error', optimizer='adam')
for i in range(100):
    model.fit(trainX, trainY, epochs=1, batch_size=1, verbose=2, shuffle=False)
    model.reset_states()

ValueError: Unrecognized keyword arguments passed to LSTM: {'batch_input_shape': (1, 3, 1)}
""",
        "argument.unknown", "lstm", "lstm", "batch_input_shape", "mixed",
    ),
    Paste(
        "an argument that was taken away, the message alone",
        "TypeError: ('Keyword argument not understood:', 'time_major')",
        "argument.unknown", "lstm", "lstm", "time_major",
    ),
    Paste(
        "a token that the Embedding does not know",
        "InvalidArgumentError: indices[17,3] = 5001 is not in [0, 5000)\n\t [[{{node embedding_1/embedding_lookup}}]]",
        "token.range", "embedding", "embedding", "5002", "message", False,
    ),
    Paste(
        "stateful without a batch",
        "ValueError: If a RNN is stateful, it needs to know its batch size. Specify the batch size of your input tensors.",
        "shape.batch", "lstm", "series", "",
    ),
    Paste(
        "a Reshape that does not divide",
        "ValueError: The total size of the tensor must be unchanged. Received: input_shape=(30,), target_shape=(4, 8)",
        "shape.total", "reshape", "reshape", "",
    ),
    Paste(
        "TimeDistributed on a summary",
        "ValueError: `TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: (None, 64)",
        "shape.ndim", "time_distributed", "lstm", "return_sequences",
    ),
    Paste(
        "a shared layer on two widths",
        'ValueError: Input 0 of layer "dense" is incompatible with the layer: expected axis -1 of input shape to have value 3, but received input with shape (None, 10, 4)',
        "reuse.shape", "dense_1", "series_1", "",
    ),
    Paste(
        "a layer that Keras 3 no longer has",
        "AttributeError: module 'keras.layers' has no attribute 'CuDNNLSTM'",
        "layer.old", "cu_dnnlstm", "cu_dnnlstm", "LSTM", "message", False,
    ),
    Paste(
        "a model by subclassing, the loop over its layers",
        """class Tagger(keras.Model):
    def __init__(self, units=32, depth=2):
        super().__init__()
        self.embed = layers.Embedding(2000, 16, mask_zero=True)
        self.readers = [layers.Bidirectional(layers.LSTM(units)) for _ in range(depth)]
        self.head = layers.Dense(5, activation="softmax")

    def call(self, tokens, training=False):
        x = self.embed(tokens)
        for reader in self.readers:
            x = reader(x)
        return self.head(x)

tagger = Tagger()
tagger(np.zeros((8, 20), dtype="int32"))
""",
        "shape.ndim", "bidirectional_1", "bidirectional", "return_sequences", "code", None,
    ),
    Paste(
        "an answer of 2018, without its imports",
        """a, b = Input((20, 8)), Input((5,))
x = LSTM(16)(a)
x = concatenate([LSTM(16, return_sequences=True)(a), b, x])
ValueError: A `Concatenate` layer requires inputs with matching shapes except for the concat axis. Got inputs shapes: [(None, 20, 16), (None, 5), (None, 16)]
""",
        "merge.shapes", "concatenate", "lstm", "", "mixed",
    ),
    Paste(
        "states go into an attention with the output",
        """words = Input((None, 8), name="words")
decoder = LSTM(32, return_sequences=True, return_state=True)(words)
attention = Attention()([decoder, LSTM(32, return_sequences=True)(words)])""",
        "wire.duplicate", "attention", "lstm", "output", "code", None,
    ),
    Paste(
        "convolutions over images, then an LSTM",
        """model = Sequential()
model.add(Conv2D(32, (3, 3), activation='relu', input_shape=(64, 64, 3)))
model.add(MaxPooling2D((2, 2)))
model.add(LSTM(50))
ValueError: Input 0 of layer lstm is incompatible with the layer: expected ndim=3, found ndim=4. Full shape received: [None, 31, 31, 32]""",
        "shape.ndim", "lstm", "input_layer", "", "mixed",
    ),
    Paste(
        "a table that was reshaped to one step, from Keras 1",
        """model.add(LSTM(4, input_dim=look_back))
model.add(Dense(1))
model.fit(trainX, trainY, nb_epoch=100)
Exception: Error when checking model input: expected lstm_input_1 to have 3 dimensions, but got array with shape (94, 1)""",
        "input.data", "input_layer", "input_layer", "", "mixed", False,
    ),
    Paste(
        "a model that is fine",
        """model = Sequential([
    layers.Embedding(input_dim=vocab_size, output_dim=64, mask_zero=True),
    layers.LSTM(64),
    layers.Dense(1, activation="sigmoid"),
])
""",
        "", kind="code", reproduced=None,
    ),
)  # fmt: skip
