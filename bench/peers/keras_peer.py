"""Times training steps of Keras on TensorFlow for `bench:engine`; see torch_peer.py for the protocol.

A step is `train_on_batch`, compiled by Keras as it does on its own. Threads are set before TensorFlow starts, so a process
serves one number of threads, its first argument.
"""

import json
import os
import sys
import time

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tensorflow as tf  # noqa: E402

threads = int(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)

import keras  # noqa: E402
import numpy as np  # noqa: E402

CELLS = {"rnn": keras.layers.SimpleRNN, "gru": keras.layers.GRU, "lstm": keras.layers.LSTM}


def recurrent(model, index):
    is_last = index == model["layers"] - 1
    layer = CELLS[model["cell"]](model["hidden"], return_sequences=not is_last)
    return keras.layers.Bidirectional(layer) if model["bidirectional"] else layer


def network_of(model):
    kind, steps = model["kind"], model["steps"]
    if kind == "characters":
        return keras.Sequential(
            [
                keras.Input((steps,)),
                keras.layers.Embedding(model["vocabulary"], model["inputs"]),
                CELLS[model["cell"]](model["hidden"], return_sequences=True),
                keras.layers.Dense(model["vocabulary"]),
            ]
        )
    inputs = keras.Input((steps, model["inputs"]))
    if kind == "forecast":
        x = inputs
        for index in range(model["layers"]):
            x = recurrent(model, index)(x)
        return keras.Model(inputs, keras.layers.Dense(1)(x))
    hidden = model["hidden"]
    x = keras.layers.Conv1D(hidden, 5, padding="same", activation="relu")(inputs)
    x = keras.layers.LSTM(hidden, return_sequences=True)(x)
    scores = keras.layers.Dense(1, use_bias=False)(keras.layers.Dense(hidden, activation="tanh")(x))
    weights = keras.layers.Softmax(axis=1)(scores)
    x = keras.layers.Dot(axes=1)([weights, x])
    return keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Flatten()(x)))


def step_of(model):
    random = np.random.default_rng(1)
    network = network_of(model)
    batch, steps = model["batch"], model["steps"]
    if model["kind"] == "characters":
        inputs = random.integers(0, model["vocabulary"], (batch, steps))
        targets = random.integers(0, model["vocabulary"], (batch, steps))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    else:
        inputs = random.normal(size=(batch, steps, model["inputs"])).astype("float32")
        targets = random.normal(size=(batch, 1)).astype("float32")
        loss = "mse"
    network.compile(optimizer=keras.optimizers.Adam(1e-4), loss=loss)
    return lambda: network.train_on_batch(inputs, targets)


def fastest(step, seconds):
    step()
    best, end = float("inf"), time.perf_counter() + seconds
    while True:
        started = time.perf_counter()
        step()
        now = time.perf_counter()
        best = min(best, now - started)
        if now >= end:
            return best


print(json.dumps({"name": f"Keras {keras.__version__} on TensorFlow {tf.__version__}"}), flush=True)
made = {}
for line in sys.stdin:
    request = json.loads(line)
    key = json.dumps(request["model"], sort_keys=True)
    if key not in made:
        made[key] = step_of(request["model"])
        made[key]()
    print(json.dumps({"seconds": fastest(made[key], request["seconds"])}), flush=True)
