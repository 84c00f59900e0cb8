"""Writes what Keras computes for small recurrent models; see engine_vectors.py.

Over TensorFlow, whose products stay in 64 bits; Keras over PyTorch goes through 32 bits on the CPU.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from engine_vectors import (
    ADAM_STEPS, EMBEDDING, FEATURES, HIDDEN, LEARNING_RATE, OUTPUTS, STEPS, VOCABULARY, batch, dense_plan, final_state_of,
    plan, recurrent_plan, write,
)


def keras_case(name, layers, tokens, model_layers, seed, names):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential([keras.Input((STEPS,) if tokens else (STEPS, FEATURES)), *model_layers])
    random = np.random.default_rng(seed + 100)
    for variable in model.trainable_variables:
        # Away from the zeros of biases and the tiny values of embeddings, where mistakes could hide.
        variable.assign(random.normal(scale=0.4, size=variable.shape))
    inputs, targets = batch(tokens, seed)
    # As Keras weights what a mask has passed through: padding counts nothing.
    is_masked = any(layer.get("paddingToken") is not None for layer in layers)
    counted = (inputs != 0 if is_masked else np.ones(inputs.shape[:2])).astype(np.float64)

    def engine_values(arrays):
        values = {}
        for key, array in zip(names, arrays, strict=True):
            # A GRU that resets after the product has its two bias vectors as the rows of one matrix.
            if key.endswith("inputBias") and array.ndim == 2:
                values[key], values[key.replace("inputBias", "recurrentBias")] = array
            else:
                values[key] = array
        return values

    optimiser = keras.optimizers.Adam(LEARNING_RATE)
    optimiser.build(model.trainable_variables)

    def read():
        return engine_values([variable.numpy() for variable in model.trainable_variables])

    before, losses = read(), []
    gradients = predictions = None
    for step in range(ADAM_STEPS):
        with tf.GradientTape() as tape:
            output = model(inputs, training=True)
            loss = (
                tf.reduce_sum(counted * keras.losses.sparse_categorical_crossentropy(targets, output, from_logits=True))
                / tf.reduce_sum(counted)
                if tokens
                else tf.reduce_mean(keras.losses.mean_squared_error(targets, output))
            )
        computed = tape.gradient(loss, [variable.value for variable in model.trainable_variables])
        computed = [tf.convert_to_tensor(gradient) for gradient in computed]
        losses.append(float(loss))
        if step == 0:
            gradients, predictions = engine_values([gradient.numpy() for gradient in computed]), output.numpy()
        optimiser.apply(computed, model.trainable_variables)
    description = plan("keras", layers, tokens)
    write(
        name, f"keras {keras.__version__}", description, inputs, targets, before, gradients, predictions, losses,
        read(),
    )


def main():
    regression = dense_plan(OUTPUTS, final_state_of(0))
    classification = dense_plan(VOCABULARY)
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    weights = ["recurrent.inputWeights", "recurrent.recurrentWeights", "recurrent.inputBias"]
    dense = ["dense.weights", "dense.bias"]
    one_bias = {"bias": "input"}
    keras_case(
        "keras-rnn", [recurrent_plan("rnn", **one_bias), regression], False,
        [keras.layers.SimpleRNN(HIDDEN), keras.layers.Dense(OUTPUTS)], 8, weights + dense,
    )
    keras_case(
        "keras-lstm", [recurrent_plan("lstm", **one_bias), regression], False,
        [keras.layers.LSTM(HIDDEN), keras.layers.Dense(OUTPUTS)], 9, weights + dense,
    )
    keras_case(
        "keras-gru-reset-after", [recurrent_plan("gru"), regression], False,
        [keras.layers.GRU(HIDDEN), keras.layers.Dense(OUTPUTS)], 10, weights + dense,
    )
    keras_case(
        "keras-gru-reset-before", [recurrent_plan("gru", resetAfter=False, **one_bias), regression], False,
        [keras.layers.GRU(HIDDEN, reset_after=False), keras.layers.Dense(OUTPUTS)], 11, weights + dense,
    )
    keras_case(
        "keras-char-gru",
        [EMBEDDING, recurrent_plan("gru"), classification], True,
        [
            keras.layers.Embedding(VOCABULARY, FEATURES),
            keras.layers.GRU(HIDDEN, return_sequences=True),
            keras.layers.Dense(VOCABULARY),
        ],
        12, ["embedding.table", *weights, *dense],
    )
    keras_case(
        "keras-lstm-bidirectional", [recurrent_plan("lstm", direction="both", **one_bias), regression], False,
        [keras.layers.Bidirectional(keras.layers.LSTM(HIDDEN)), keras.layers.Dense(OUTPUTS)], 13,
        [name.replace("recurrent.", f"recurrent.{side}.", 1) for side in ("forward", "backward") for name in weights] + dense,
    )


    both_sides = [name.replace("recurrent.", f"recurrent.{side}.", 1) for side in ("forward", "backward") for name in weights]
    for seed, (merge, mode) in enumerate([("sum", "sum"), ("average", "ave"), ("multiply", "mul")], 14):
        keras_case(
            f"keras-gru-bidirectional-{merge}", [recurrent_plan("gru", direction="both", merge=merge), regression], False,
            [keras.layers.Bidirectional(keras.layers.GRU(HIDDEN), merge_mode=mode), keras.layers.Dense(OUTPUTS)],
            seed, both_sides + dense,
        )
    # Keras 3's hard sigmoid has a slope of a sixth.
    for seed, (cell, layer) in enumerate([("lstm", keras.layers.LSTM), ("gru", keras.layers.GRU)], 17):
        bias = one_bias if cell == "lstm" else {}
        keras_case(
            f"keras-{cell}-hard-sigmoid", [recurrent_plan(cell, hardSigmoidSlope=1 / 6, **bias), regression], False,
            [layer(HIDDEN, recurrent_activation="hard_sigmoid"), keras.layers.Dense(OUTPUTS)], seed, weights + dense,
        )
    keras_case(
        "keras-lstm-backwards",
        [
            recurrent_plan("lstm", direction="backward", **one_bias),
            {"kind": "reverse", "path": "reverse"},
            recurrent_plan("rnn", path="above", activation="relu", **one_bias),
            {**regression, "reads": final_state_of(2)},
        ],
        False,
        [
            keras.layers.LSTM(HIDDEN, go_backwards=True, return_sequences=True),
            keras.layers.SimpleRNN(HIDDEN, activation="relu"),
            keras.layers.Dense(OUTPUTS),
        ],
        19, [*weights, *[name.replace("recurrent.", "above.", 1) for name in weights], *dense],
    )
    for seed, (cell, layer, bias) in enumerate(
        [("rnn", keras.layers.SimpleRNN, one_bias), ("gru", keras.layers.GRU, {}), ("lstm", keras.layers.LSTM, one_bias)], 20
    ):
        keras_case(
            f"keras-{cell}-over-padding",
            [
                {**EMBEDDING, "paddingToken": 0},
                recurrent_plan(cell, direction="both", **bias),
                dense_plan(VOCABULARY),
            ],
            True,
            [
                keras.layers.Embedding(VOCABULARY, FEATURES, mask_zero=True),
                keras.layers.Bidirectional(layer(HIDDEN, return_sequences=True)),
                keras.layers.Dense(VOCABULARY),
            ],
            seed, ["embedding.table", *both_sides, *dense],
        )


main()
