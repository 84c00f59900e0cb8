"""Writes how PyTorch and Keras draw the first values of weights, to engine/test/initialisers.json.

For each layer of every parameter, over many first values: mean, standard deviation, kurtosis, the largest number, of biases the
mean of each quarter, of recurrent weights how far they are from orthogonal; beside the layer as the engine's planner would
describe it.

    venv/bin/python bench/truth/engine_initialisers.py
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import json

import keras
import numpy as np
import torch
from engine_vectors import OUTPUT, convolution_plan, dense_plan, layer_plan, recurrent_plan

INPUTS, UNITS, HEADS, DRAWS = 48, 64, 4, 40
VOCABULARY = 100


def summary(draws):
    """Of a list of dictionaries of arrays."""
    return {name: spread(name, np.stack([draw[name] for draw in draws]).astype(np.float64)) for name in draws[0]}


def spread(name, draws):
    deviation = draws.std()
    found = {"mean": draws.mean(), "deviation": deviation, "largest": np.abs(draws).max()}
    if deviation > 1e-9:
        # 1.8 for a uniform distribution, 3 for a normal one.
        found["kurtosis"] = ((draws - draws.mean()) ** 4).mean() / deviation**4
    if name.endswith("Bias"):
        # Where one gate starts otherwise than the others.
        found["quarters"] = [float(part.mean()) for part in np.split(draws, 4, axis=-1)]
    if name.endswith("recurrentWeights"):
        found["orthogonality"] = max(orthogonality(matrix) for matrix in draws)
    return {key: value if isinstance(value, list) else float(value) for key, value in found.items()}


def orthogonality(matrix):
    """How far the shorter axis is from orthonormal: the largest number of W·Wᵀ − 1."""
    matrix = matrix if matrix.shape[0] <= matrix.shape[1] else matrix.T
    return np.abs(matrix @ matrix.T - np.eye(len(matrix))).max()


def torch_layer(make, names):
    def draw(seed):
        torch.manual_seed(seed)
        return {name: of(layer).detach().numpy() for layer in [make()] for name, of in names.items()}

    return summary([draw(seed) for seed in range(DRAWS)])


def keras_layer(make, shapes, names):
    """`names` in the order of the layer's own weights; a name of two stands for the rows of a matrix."""

    def draw(seed):
        keras.utils.set_random_seed(seed)
        layer = make()
        inputs = [keras.Input(shape) for shape in shapes]
        layer(inputs[0] if len(inputs) == 1 else inputs)
        values = {}
        for name, variable in zip(names, layer.trainable_variables, strict=True):
            array = keras.ops.convert_to_numpy(variable)
            values.update(zip(name, array) if isinstance(name, tuple) else [(name, array)])
        return values

    return summary([draw(seed) for seed in range(DRAWS)])


def attribute(name, start=None, end=None):
    return lambda layer: getattr(layer, name)[start:end]


def torch_cases():
    recurrent = {
        "recurrent.inputWeights": attribute("weight_ih_l0"),
        "recurrent.recurrentWeights": attribute("weight_hh_l0"),
        "recurrent.inputBias": attribute("bias_ih_l0"),
        "recurrent.recurrentBias": attribute("bias_hh_l0"),
    }
    for cell in ["rnn", "gru", "lstm"]:
        yield [recurrent_plan(cell, hiddenSize=UNITS)], torch_layer(
            lambda cell=cell: getattr(torch.nn, cell.upper())(INPUTS, UNITS), recurrent
        )
    weights = {"layer.weights": attribute("weight"), "layer.bias": attribute("bias")}
    yield [{**dense_plan(UNITS), "path": "layer"}], torch_layer(lambda: torch.nn.Linear(INPUTS, UNITS), weights)
    for groups in [1, 4]:
        yield [convolution_plan("layer", UNITS, 2, groups=groups)], torch_layer(
            lambda groups=groups: torch.nn.Conv1d(INPUTS, UNITS, 2, groups=groups), weights
        )
    table = layer_plan("embedding", "layer", vocabulary=VOCABULARY, width=UNITS)
    yield [table], torch_layer(lambda: torch.nn.Embedding(VOCABULARY, UNITS), {"layer.table": attribute("weight")})
    heads = {
        "keyWidth": UNITS // HEADS, "valueWidth": UNITS // HEADS, "outputWidth": UNITS, "heads": HEADS, "bias": True,
        "causal": False,
    }
    out = {
        "layer.output.weights": lambda layer: layer.out_proj.weight,
        "layer.output.bias": lambda layer: layer.out_proj.bias,
        "layer.key.bias": attribute("in_proj_bias", UNITS, 2 * UNITS),
    }
    below = {**dense_plan(UNITS), "path": "below"}
    yield [below, layer_plan("multiHeadAttention", "layer", **heads)], torch_layer(
        lambda: torch.nn.MultiheadAttention(UNITS, HEADS),
        {**out, "layer.value.weights": attribute("in_proj_weight", 2 * UNITS)},
    )
    reads = [{"layer": 0, "output": 0}, "input"]
    yield [below, layer_plan("multiHeadAttention", "layer", **heads, reads=reads)], torch_layer(
        lambda: torch.nn.MultiheadAttention(UNITS, HEADS, kdim=INPUTS, vdim=INPUTS),
        {
            **out,
            "layer.query.weights": attribute("q_proj_weight"),
            "layer.key.weights": attribute("k_proj_weight"),
        },
    )


def keras_cases():
    sequence = [(2, INPUTS)]
    layers = keras.layers
    recurrent = ["recurrent.inputWeights", "recurrent.recurrentWeights"]
    both = ("recurrent.inputBias", "recurrent.recurrentBias")
    for cell, make, bias in [("rnn", layers.SimpleRNN, "input"), ("gru", layers.GRU, "both"), ("lstm", layers.LSTM, "input")]:
        names = [*recurrent, both if bias == "both" else "recurrent.inputBias"]
        yield [recurrent_plan(cell, hiddenSize=UNITS, bias=bias)], keras_layer(lambda make=make: make(UNITS), sequence, names)
    weights = ["layer.weights", "layer.bias"]
    yield [{**dense_plan(UNITS), "path": "layer"}], keras_layer(lambda: layers.Dense(UNITS), sequence, weights)
    for groups in [1, 4]:
        yield [convolution_plan("layer", UNITS, 2, groups=groups)], keras_layer(
            lambda groups=groups: layers.Conv1D(UNITS, 2, groups=groups), sequence, weights
        )
    table = layer_plan("embedding", "layer", vocabulary=VOCABULARY, width=UNITS)
    yield [table], keras_layer(lambda: layers.Embedding(VOCABULARY, UNITS), [(2,)], ["layer.table"])
    yield [
        layer_plan(
            "multiHeadAttention", "layer", heads=HEADS, keyWidth=16, valueWidth=24, outputWidth=40, bias=True, causal=False,
            reads=["input", "input"],
        )
    ], keras_layer(
        lambda: SelfAttention(HEADS, 16, 24, output_shape=40),
        sequence,
        [f"layer.{role}.{kind}" for role in ["query", "key", "value", "output"] for kind in ["weights", "bias"]],
    )
    for score, make in [("additive", layers.AdditiveAttention), ("dot", lambda: layers.Attention(use_scale=True))]:
        yield [layer_plan("attention", "layer", score=score, scale="trained", causal=False)], keras_layer(
            make, [*sequence, *sequence], ["layer.scale"]
        )
    for kind, make in [("layerNorm", layers.LayerNormalization), ("batchNorm", layers.BatchNormalization)]:
        yield [layer_plan(kind, "layer", epsilon=1e-3, scale=True, bias=True)], keras_layer(
            make, sequence, ["layer.scale", "layer.bias"]
        )


class SelfAttention(keras.layers.MultiHeadAttention):
    """Takes one input, as `keras_layer` gives it, for queries and values."""

    def __call__(self, inputs):
        return super().__call__(inputs, inputs)


def main():
    cases = [
        {"convention": convention, "layers": layers, "parameters": parameters}
        for convention, found in [("torch", torch_cases()), ("keras", keras_cases())]
        for layers, parameters in found
    ]
    document = {"inputs": INPUTS, "vocabulary": VOCABULARY, "cases": cases}
    (OUTPUT.parent / "initialisers.json").write_text(json.dumps(document, indent=1) + "\n")
    print(f"{len(cases)} layers")


main()
