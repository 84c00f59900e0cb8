"""Writes what Keras makes of losses, padding, optimisers, clipping and schedules; see engine_vectors.py.

Over TensorFlow, as engine_vectors_keras.py. The losses are Keras' own classes, given the mask as `fit` gives it.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
from engine_vectors import (
    EMBEDDING, FEATURES, HIDDEN, UPDATES, OUTPUTS, PADDING, STEPS, VOCABULARY, batch, dense_plan, final_state_of,
    padded_batch, plan, recurrent_plan, schedule_cases, write, write_schedules,
)

LOSSES = {
    "crossEntropy": lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True, dtype="float64"),
    "meanSquaredError": lambda: keras.losses.MeanSquaredError(dtype="float64"),
    "meanAbsoluteError": lambda: keras.losses.MeanAbsoluteError(dtype="float64"),
    "huber": lambda: keras.losses.Huber(dtype="float64"),
    "binaryCrossEntropy": lambda: keras.losses.BinaryCrossentropy(from_logits=True, dtype="float64"),
}


def case(name, seed, loss="meanSquaredError", padded=False, optimiser=None, make=None, clipping=None, learning_rate=0.01):
    keras.utils.set_random_seed(seed)
    recurrent = keras.layers.SimpleRNN(HIDDEN, return_sequences=padded)
    layers = (
        [keras.layers.Embedding(VOCABULARY, FEATURES, mask_zero=True), recurrent, keras.layers.Dense(VOCABULARY)]
        if padded
        else [recurrent, keras.layers.Dense(OUTPUTS)]
    )
    model = keras.Sequential([keras.Input((STEPS,) if padded else (STEPS, FEATURES)), *layers])
    random = np.random.default_rng(seed + 100)
    for variable in model.trainable_variables:
        variable.assign(random.normal(scale=0.4, size=variable.shape))
    names = ["embedding.table"] if padded else []
    names += ["recurrent.inputWeights", "recurrent.recurrentWeights", "recurrent.inputBias", "dense.weights", "dense.bias"]
    inputs, targets = padded_batch(loss, seed) if padded else batch(False, seed, loss=loss)
    compute = LOSSES[loss]()
    make = make or keras.optimizers.Adam
    stepper = make(learning_rate, **({"global_clipnorm" if key == "clipNorm" else "clipvalue": limit for key, limit in clipping.items()} if clipping else {}))
    stepper.build(model.trainable_variables)

    def read():
        return dict(zip(names, [variable.numpy() for variable in model.trainable_variables], strict=True))

    before, losses = read(), []
    gradients = predictions = None
    for step in range(UPDATES):
        with tf.GradientTape() as tape:
            output = model(inputs, training=True)
            # `fit` sets this mask of what a model gives; the losses look for it there.
            mask = getattr(output, "_keras_mask", None)
            assert (mask is not None) == padded
            mean = compute(targets, output)
        computed = tape.gradient(mean, [variable.value for variable in model.trainable_variables])
        computed = [tf.convert_to_tensor(gradient) for gradient in computed]
        losses.append(float(mean))
        if step == 0:
            gradients = dict(zip(names, [gradient.numpy() for gradient in computed], strict=True))
            predictions = output.numpy()
        stepper.apply(computed, model.trainable_variables)
    plain = recurrent_plan("rnn", bias="input")
    layer_plans = (
        [{**EMBEDDING, "paddingToken": PADDING}, plain, dense_plan(VOCABULARY)]
        if padded
        else [plain, dense_plan(OUTPUTS, final_state_of(0))]
    )
    description = {**plan("keras", layer_plans, padded), "loss": loss}
    if optimiser is not None:
        description["optimiser"] = optimiser
    write(
        name, f"keras {keras.__version__}", description, inputs, targets, before, gradients, predictions, losses, read(),
        learning_rate=learning_rate, clipping=clipping,
    )


def schedules():
    """The learning rates that Keras' schedules give, one a step; they count steps from 0. A warm-up of theirs starts at 0."""
    kinds = keras.optimizers.schedules

    def make(schedule, steps):
        if schedule["kind"] == "step":
            return kinds.ExponentialDecay(0.1, schedule["every"], schedule["factor"], staircase=True)
        if schedule["kind"] == "exponential":
            return kinds.ExponentialDecay(0.1, 1, schedule["factor"])
        return kinds.CosineDecay(0.1, steps)

    cases = [case for case in schedule_cases() if case["schedule"].get("warmUp", 0) == 0]
    write_schedules("keras", [
        {**case, "rates": [float(make(case["schedule"], case["steps"])(step)) for step in range(case["steps"])]}
        for case in cases
    ])


def main():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    for seed, loss in enumerate(["meanAbsoluteError", "huber", "binaryCrossEntropy"], 20):
        case(f"keras-loss-{loss}", seed, loss)
    for seed, loss in enumerate(LOSSES, 30):
        case(f"keras-padded-{loss}", seed, loss, padded=True)

    optimizers = keras.optimizers
    case("keras-sgd", 40, optimiser={"name": "sgd"}, make=optimizers.SGD, learning_rate=0.1)
    for seed, nesterov in [(41, False), (42, True)]:
        case(
            "keras-sgd-nesterov" if nesterov else "keras-sgd-momentum", seed,
            optimiser={"name": "sgd", "momentum": 0.9, "nesterov": nesterov, "weightDecay": 0.05},
            make=lambda rate: optimizers.SGD(rate, momentum=0.9, nesterov=nesterov, weight_decay=0.05),
        )
    case("keras-rmsprop", 43, optimiser={"name": "rmsprop"}, make=optimizers.RMSprop)
    case(
        "keras-rmsprop-centred", 44,
        optimiser={"name": "rmsprop", "decay": 0.8, "momentum": 0.5, "centred": True, "weightDecay": 0.05},
        make=lambda rate: optimizers.RMSprop(rate, rho=0.8, momentum=0.5, centered=True, weight_decay=0.05),
    )
    case(
        "keras-adam-decay", 45, optimiser={"name": "adam", "weightDecay": 0.05},
        make=lambda rate: optimizers.Adam(rate, weight_decay=0.05),
    )
    case("keras-adamw", 46, optimiser={"name": "adamw"}, make=optimizers.AdamW)
    case("keras-clip-norm", 47, optimiser={"name": "sgd"}, make=optimizers.SGD, clipping={"clipNorm": 0.5}, learning_rate=0.1)
    case("keras-clip-value", 48, optimiser={"name": "sgd"}, make=optimizers.SGD, clipping={"clipValue": 0.1}, learning_rate=0.1)
    schedules()


main()
