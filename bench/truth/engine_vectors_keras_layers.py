"""Writes what Keras computes for convolutions, pooling, normalisation, attention and tied weights; see engine_vectors.py.

Over TensorFlow, as engine_vectors_keras.py.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from engine_vectors import (
    ADAM_STEPS, EMBEDDING, FEATURES, HIDDEN, LEARNING_RATE, OUTPUTS, VOCABULARY, batch, convolution_plan, dense_plan,
    every_step_of, hybrid_plan, layer_plan, plan, recurrent_plan, write,
)
from keras import layers, ops

STEPS = 9
ONE_BIAS = {"bias": "input"}
PADDED_EMBEDDING = {**EMBEDDING, "paddingToken": 0}


def roles(path, layer, *names):
    """Engine name → variable, in the order in which the layer has them."""
    return {f"{path}.{name}": variable for name, variable in zip(names, layer.trainable_variables, strict=True)}


def lstm(layer):
    return roles("recurrent", layer, "inputWeights", "recurrentWeights", "inputBias")


def heads(path, layer):
    names = [f"{role}.{kind}" for role in ["query", "key", "value", "output"] for kind in ["weights", "bias"]]
    variables = {variable.path.split("/", 1)[1]: variable for variable in layer.trainable_variables}
    keras_roles = {"output": "attention_output"}
    kinds = {"weights": "kernel", "bias": "bias"}
    return {
        f"{path}.{name}": variables[f"{keras_roles.get(role, role)}/{kinds[kind]}"]
        for name in names
        for role, kind in [name.split(".")]
    }


def case(name, model, layer_plans, seed, names, state=None, tokens=False, predicted="every"):
    random = np.random.default_rng(seed + 100)
    variables = list(names.values())
    assert len(variables) == len(model.trainable_variables), [variable.path for variable in model.trainable_variables]
    for key, variable in names.items():
        # Away from the zeros and ones that many of them start as, where mistakes could hide.
        variable.assign(float(key.endswith(".scale")) + random.normal(scale=0.4, size=variable.shape))
    inputs, targets = batch(tokens, seed, STEPS, predicted)
    if any("paddingToken" in layer for layer in layer_plans):
        # Padding at the end of all but the first sequence, and none anywhere else.
        inputs = np.maximum(inputs, 1)
        inputs[1, 5:], inputs[2, 7:] = 0, 0
    optimiser = keras.optimizers.Adam(LEARNING_RATE)
    optimiser.build(variables)

    def read(values):
        return {key: ops.convert_to_numpy(value).copy() for key, value in values.items()}

    before, losses = read(names), []
    gradients = predictions = None
    for step in range(ADAM_STEPS):
        with tf.GradientTape() as tape:
            output = model(inputs, training=True)
            loss = (
                tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(targets, output, from_logits=True))
                if tokens
                else tf.reduce_mean(keras.losses.mean_squared_error(targets, output))
            )
        computed = tape.gradient(loss, [variable.value for variable in variables])
        computed = [tf.convert_to_tensor(gradient) for gradient in computed]
        losses.append(float(loss))
        if step == 0:
            gradients, predictions = read(dict(zip(names, computed))), output.numpy()
        optimiser.apply(computed, variables)
    write(
        name, f"keras {keras.__version__}", plan("keras", layer_plans, tokens, STEPS, predicted), inputs, targets, before,
        gradients, predictions, losses, read(names), read(state or {}), model(inputs, training=False).numpy(),
    )


def convolutions():
    x = inputs = keras.Input((STEPS, FEATURES))
    convolved = [
        layers.Conv1D(4, 4, strides=2, padding="same", activation="relu"),
        layers.Conv1D(4, 2, dilation_rate=2, padding="causal", activation="tanh"),
        layers.Conv1D(3, 3, use_bias=False),
    ]
    for layer in convolved:
        x = layer(x)
    dense = layers.Dense(OUTPUTS)
    model = keras.Model(inputs, dense(layers.Flatten()(x)))
    names = {
        **roles("same", convolved[0], "weights", "bias"),
        **roles("causal", convolved[1], "weights", "bias"),
        **roles("valid", convolved[2], "weights"),
        **roles("dense", dense, "weights", "bias"),
    }
    case("keras-convolutions", model, [
        convolution_plan("same", 4, 4, stride=2, padding="same", activation="relu"),
        convolution_plan("causal", 4, 2, dilation=2, padding="causal", activation="tanh"),
        convolution_plan("valid", 3, 3, bias=False),
        layer_plan("flatten", "flatten"),
        dense_plan(OUTPUTS),
    ], 31, names)


def pooling():
    inputs = keras.Input((STEPS, FEATURES))
    convolution, dense = layers.Conv1D(4, 2), layers.Dense(OUTPUTS)
    x = layers.MaxPooling1D(3, strides=2, padding="same")(convolution(inputs))
    x = layers.AveragePooling1D(2, strides=1, padding="same")(x)
    x = layers.concatenate([layers.GlobalMaxPooling1D()(x), layers.GlobalAveragePooling1D()(x)])
    model = keras.Model(inputs, dense(x))
    names = {**roles("convolution", convolution, "weights", "bias"), **roles("dense", dense, "weights", "bias")}
    case("keras-pooling", model, [
        convolution_plan("convolution", 4, 2),
        layer_plan("pool", "largest", how="max", size=3, stride=2, padding="same", countsPadding=False),
        layer_plan("pool", "average", how="average", size=2, stride=1, padding="same", countsPadding=False),
        *[layer_plan("poolOverTime", how, how=how, reads=[every_step_of(2)]) for how in ["max", "average"]],
        layer_plan("join", "all", how="concat", reads=[every_step_of(3), every_step_of(4)]),
        dense_plan(OUTPUTS),
    ], 32, names)


def norms():
    inputs = keras.Input((STEPS, FEATURES))
    recurrent, rows = layers.LSTM(HIDDEN, return_sequences=True), layers.LayerNormalization()
    columns, dense = layers.BatchNormalization(), layers.Dense(OUTPUTS)
    # Without the tanh between them, batch norm would leave nothing of the biases of layer norm.
    x = columns(layers.Activation("tanh")(rows(recurrent(inputs))))
    model = keras.Model(inputs, dense(layers.GlobalMaxPooling1D()(x)))
    names = {
        **lstm(recurrent),
        **roles("rows", rows, "scale", "bias"),
        **roles("columns", columns, "scale", "bias"),
        **roles("dense", dense, "weights", "bias"),
    }
    state = {"columns.runningMean": columns.moving_mean, "columns.runningVariance": columns.moving_variance}
    case("keras-norms", model, [
        recurrent_plan("lstm", **ONE_BIAS),
        layer_plan("layerNorm", "rows", epsilon=1e-3, scale=True, bias=True),
        layer_plan("activation", "tanh", activation="tanh"),
        layer_plan("batchNorm", "columns", epsilon=1e-3, scale=True, bias=True, momentum=0.99),
        layer_plan("poolOverTime", "largest", how="max"),
        dense_plan(OUTPUTS),
    ], 33, names, state)


def attention():
    """To itself with a trained scale, and additive from the last step to all; both in one model."""
    inputs = keras.Input((STEPS, FEATURES))
    recurrent, dense = layers.LSTM(HIDDEN, return_sequences=True), layers.Dense(OUTPUTS)
    dot, additive = layers.Attention(use_scale=True), layers.AdditiveAttention()
    states = recurrent(inputs)
    own = layers.GlobalMaxPooling1D()(dot([states, states], use_causal_mask=True))
    repeated = layers.RepeatVector(2)(states[:, -1])
    other = layers.Flatten()(additive([repeated, states]))
    model = keras.Model(inputs, dense(layers.concatenate([own, other])))
    names = {
        **lstm(recurrent),
        **roles("dot", dot, "scale"),
        **roles("additive", additive, "scale"),
        **roles("dense", dense, "weights", "bias"),
    }
    case("keras-attention", model, [
        recurrent_plan("lstm", **ONE_BIAS),
        layer_plan("attention", "dot", score="dot", scale="trained", causal=True),
        layer_plan("poolOverTime", "own", how="max"),
        layer_plan("step", "last", step=-1, reads=[every_step_of(0)]),
        layer_plan("repeat", "repeated", timeSteps=2),
        layer_plan(
            "attention", "additive", score="additive", scale="trained", causal=False,
            reads=[every_step_of(4), every_step_of(0)],
        ),
        layer_plan("flatten", "other"),
        layer_plan("join", "both", how="concat", reads=[every_step_of(2), every_step_of(6)]),
        dense_plan(OUTPUTS),
    ], 34, names)


def multi_head_attention():
    """Behind an embedding with padding, which both kinds of attention and the average leave out."""
    inputs = keras.Input((STEPS,))
    embedding = layers.Embedding(VOCABULARY, FEATURES, mask_zero=True)
    dot, many = layers.Attention(), layers.MultiHeadAttention(2, key_dim=3, value_dim=4, output_shape=5)
    dense = layers.Dense(VOCABULARY)
    x = embedding(inputs)
    x = dot([x, x])
    x = many(x, x, use_causal_mask=True)
    model = keras.Model(inputs, dense(layers.GlobalAveragePooling1D()(x)))
    names = {
        **roles("embedding", embedding, "table"),
        **heads("many", many),
        **roles("dense", dense, "weights", "bias"),
    }
    case("keras-multi-head-attention", model, [
        PADDED_EMBEDDING,
        layer_plan("attention", "dot", score="dot", scale="none", causal=False),
        layer_plan(
            "multiHeadAttention", "many", heads=2, keyWidth=3, valueWidth=4, outputWidth=5, bias=True, causal=True
        ),
        layer_plan("poolOverTime", "average", how="average"),
        dense_plan(VOCABULARY),
    ], 35, names, tokens=True, predicted="last")


class TiedModel(keras.Model):
    def __init__(self):
        super().__init__()
        self.embedding = layers.Embedding(VOCABULARY, FEATURES)
        self.recurrent = layers.LSTM(FEATURES, return_sequences=True)

    def call(self, tokens):
        states = self.recurrent(self.embedding(tokens))
        return ops.matmul(states, ops.transpose(self.embedding.embeddings))


def tied_weights():
    model = TiedModel()
    model(np.zeros((1, STEPS)))
    names = {**roles("embedding", model.embedding, "table"), **lstm(model.recurrent)}
    tied = {**dense_plan(VOCABULARY), "bias": False, "tiedTo": "embedding.table"}
    recurrent = recurrent_plan("lstm", hiddenSize=FEATURES, **ONE_BIAS)
    case("keras-tied-weights", model, [EMBEDDING, recurrent, tied], 36, names, tokens=True)


def hybrid():
    inputs = keras.Input((STEPS, FEATURES))
    convolution = layers.Conv1D(6, 5, padding="same", activation="relu")
    recurrent = layers.LSTM(HIDDEN, return_sequences=True)
    hidden, score = layers.Dense(5, activation="tanh"), layers.Dense(1, use_bias=False)
    dense = layers.Dense(OUTPUTS)
    states = recurrent(convolution(inputs))
    weights = layers.Softmax(axis=1)(score(hidden(states)))
    model = keras.Model(inputs, dense(ops.sum(weights * states, axis=1)))
    names = {
        **roles("convolution", convolution, "weights", "bias"),
        **lstm(recurrent),
        **roles("hidden", hidden, "weights", "bias"),
        **roles("score", score, "weights"),
        **roles("dense", dense, "weights", "bias"),
    }
    case("keras-hybrid", model, hybrid_plan("input"), 37, names)


keras.config.set_floatx("float64")
keras.config.set_dtype_policy("float64")
for write_case in [convolutions, pooling, norms, attention, multi_head_attention, tied_weights, hybrid]:
    write_case()
