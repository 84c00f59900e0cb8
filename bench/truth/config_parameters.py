"""Writes models as JSON into test/fixtures/configs, with the parameter counts that Keras gives for them.

    <folder>/bin/pip install tf_keras          (beside the environment of parameters.py; tf_keras writes the format of Keras 2)
    <folder>/bin/python bench/truth/config_parameters.py

The counts go to test/fixtures/configs/truth.json. `tfjs_model.json` is written as TensorFlow.js saves a model: the topology
of Keras 2 inside, with `keras_version` beside it.
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tf_keras


FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "configs"


def sequential(k):
    l = k.layers
    return k.Sequential(
        [
            l.Input((20,)) if k is keras else l.InputLayer((20,)),
            l.Embedding(50, 8, mask_zero=True),
            l.Bidirectional(l.LSTM(6, return_sequences=True), merge_mode="sum"),
            l.TimeDistributed(l.Dense(5, activation="relu")),
            l.GRU(4, reset_after=False, go_backwards=True),
            l.Dropout(0.3),
            l.Dense(3, activation="softmax"),
        ],
        name="tagger",
    )


def built_late(k):
    l = k.layers
    model = k.Sequential([l.LSTM(4, return_sequences=True), l.LayerNormalization(), l.SimpleRNN(3)], name="built_late")
    model.build((None, 7, 2))
    return model


def encoder_decoder(k):
    l = k.layers
    source = k.Input((None,), name="source")
    target = k.Input((None,), name="target")
    shared = l.Embedding(30, 6, name="words")
    _, h, c = l.LSTM(5, return_state=True, name="encoder")(shared(source))
    states = l.LSTM(5, return_sequences=True, name="decoder")(shared(target), initial_state=[h, c])
    frozen = l.Dense(4, trainable=False, name="frozen")(states)
    joined = l.Concatenate(name="joined")([states, frozen])
    return k.Model([source, target], l.Dense(30, name="head")(joined), name="encoder_decoder")


def nested(k):
    l = k.layers
    window = k.Input((10, 3), name="window")
    encoder = k.Model(window, l.GRU(7, name="inner")(window), name="encoder")
    head = k.Sequential([l.Dense(6, activation="tanh"), l.Dense(2)], name="head")
    left, right = k.Input((10, 3), name="left"), k.Input((10, 3), name="right")
    both = l.Subtract(name="difference")([encoder(left), encoder(right)])
    return k.Model([left, right], head(both), name="siamese")


def cells(k):
    l = k.layers
    x = k.Input((9, 4), name="x")
    stack = l.RNN([l.LSTMCell(5), l.GRUCell(3)], return_sequences=True, name="stack")(x)
    return k.Model(x, l.RNN(l.SimpleRNNCell(2), name="last")(stack), name="cells")


def operations():
    l = keras.layers
    steps = keras.Input((7, 3), name="steps")
    both = l.Bidirectional(l.GRU(4, return_sequences=True), trainable=False, name="both")(steps)
    weights = keras.ops.softmax(l.Dense(1, name="score")(both), axis=1)
    context = keras.ops.sum(weights * both, axis=1)
    each = l.TimeDistributed(l.Dense(2, trainable=False), name="each")(both)
    joined = l.Concatenate(name="all")([context, both[:, -1], l.Flatten(name="flat")(each)])
    return keras.Model(steps, l.Dense(3, name="head")(joined), name="operations")


MODELS = [sequential, built_late, encoder_decoder, nested, cells]


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    truth = {"versions": {"keras": keras.__version__, "tf_keras": tf_keras.__version__}, "files": {}}

    def write(name, document, model):
        (FIXTURES / name).write_text(json.dumps(document, indent=1) + "\n")
        total = model.count_params()
        trainable = sum(int(w.numpy().size) for w in model.trainable_weights)
        truth["files"][name] = {"name": model.name, "total": total, "trainable": trainable}

    for library, suffix in ((keras, "keras3"), (tf_keras, "keras2")):
        for build in MODELS:
            model = build(library)
            write(f"{build.__name__}_{suffix}.json", json.loads(model.to_json()), model)
    # Written by Keras 3 alone: functions of tensors, and wrappers whose `trainable` says nothing of what they hold.
    model = operations()
    write("operations_keras3.json", json.loads(model.to_json()), model)
    model = sequential(tf_keras)
    topology = {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": json.loads(model.to_json())}
    document = {"format": "layers-model", "generatedBy": "keras v2.15.0", "modelTopology": topology, "weightsManifest": []}
    write("tfjs_model.json", document, model)
    (FIXTURES / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    main()
