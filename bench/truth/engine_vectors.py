"""What the scripts that make the engine's test vectors share: the format of a case, its layout and its batches.

`engine_vectors_torch.py` and `engine_vectors_keras.py` write what PyTorch and Keras compute for small recurrent models,
`engine_vectors_torch_layers.py` and `engine_vectors_keras_layers.py` for other layers around them, and
`engine_vectors_training_torch.py` and `engine_vectors_training_keras.py` how they train one of them in many ways. Each case is
one JSON file under engine/test/vectors: the model as the engine's planner would describe it, first weights, one batch,
and from the framework the loss, the gradients of the first step, the predictions, and the losses and weights of ten steps of
Adam. Everything in 64-bit floats, in the engine's layout: sequences time-major, weights as [inputs, outputs], GRU gates in the
order update, reset, candidate.

    python -m venv venv && venv/bin/pip install torch keras tensorflow-cpu
    venv/bin/python bench/truth/engine_vectors_torch.py
    venv/bin/python bench/truth/engine_vectors_keras.py
    venv/bin/python bench/truth/engine_vectors_torch_layers.py
    venv/bin/python bench/truth/engine_vectors_keras_layers.py
    venv/bin/python bench/truth/engine_vectors_training_torch.py
    venv/bin/python bench/truth/engine_vectors_training_keras.py
"""

import json
from pathlib import Path

import numpy as np

OUTPUT = Path(__file__).resolve().parents[2] / "engine" / "test" / "vectors"
BATCH, STEPS, FEATURES, HIDDEN, OUTPUTS, VOCABULARY = 3, 5, 3, 4, 2, 6
LEARNING_RATE, ADAM_STEPS = 0.01, 10
UPDATES = ADAM_STEPS
PADDING = 0


EMBEDDING = {"kind": "embedding", "path": "embedding", "vocabulary": VOCABULARY, "width": FEATURES}


def flat(array):
    """Null stands for what is not to be looked at."""
    return [None if np.isnan(number) else float(f"{number:.12g}") for number in np.asarray(array, dtype=np.float64).reshape(-1)]


def recurrent_plan(cell, **changes):
    return {
        "kind": "recurrent",
        "path": "recurrent",
        "cell": cell,
        "hiddenSize": HIDDEN,
        "activation": "tanh",
        "bias": "both",
        "resetAfter": True,
        "direction": "forward",
        "merge": "concat",
        **changes,
    }


def dense_plan(units, reads=None):
    description = {"kind": "dense", "path": "dense", "units": units, "bias": True, "activation": None}
    return description if reads is None else {**description, "reads": reads}


def final_state_of(layer):
    """What a layer reads that takes the last hidden state of another."""
    return [{"layer": layer, "output": 1}]


def every_step_of(layer):
    """What a layer reads that takes every step of another, or of several."""
    return {"layer": layer, "output": 0}


def layer_plan(kind, path, **fields):
    return {"kind": kind, "path": path, **fields}


def convolution_plan(path, filters, kernel, **changes):
    return {
        "kind": "conv1d",
        "path": path,
        "filters": filters,
        "kernelSize": kernel,
        "stride": 1,
        "dilation": 1,
        "padding": "valid",
        "groups": 1,
        "bias": True,
        "activation": None,
        **changes,
    }


def hybrid_plan(bias):
    """Convolution, LSTM, additive attention over its steps: dense, tanh, a score, softmax over time, weighted sum."""
    return [
        convolution_plan("convolution", 6, 5, padding="same", activation="relu"),
        recurrent_plan("lstm", bias=bias),
        {**dense_plan(5), "path": "hidden", "activation": "tanh"},
        {**dense_plan(1), "path": "score", "bias": False},
        layer_plan("softmaxOverTime", "weights"),
        layer_plan("join", "weighted", how="multiply", reads=[every_step_of(1), every_step_of(4)]),
        layer_plan("poolOverTime", "context", how="sum"),
        dense_plan(OUTPUTS),
    ]


def plan(convention, layers, tokens, steps=STEPS, predicted="every"):
    return {
        "convention": convention,
        "timeSteps": steps,
        "input": {"kind": "tokens", "vocabulary": VOCABULARY} if tokens else {"kind": "features", "width": FEATURES},
        "layers": layers,
        "output": {"steps": predicted, "width": VOCABULARY} if tokens else {"steps": "last", "width": OUTPUTS},
        "loss": "crossEntropy" if tokens else "meanSquaredError",
        "remarks": [],
    }


def batch(tokens, seed, steps=STEPS, predicted="every", loss=None):
    random = np.random.default_rng(seed)
    if loss == "binaryCrossEntropy":
        return random.normal(size=(BATCH, STEPS, FEATURES)), random.integers(0, 2, (BATCH, OUTPUTS)).astype(np.float64)
    if tokens:
        inputs = random.integers(0, VOCABULARY, (BATCH, steps))
        return inputs, random.integers(0, VOCABULARY, (BATCH, steps) if predicted == "every" else BATCH)
    return random.normal(size=(BATCH, steps, FEATURES)), random.normal(size=(BATCH, OUTPUTS))


def padded_batch(loss, seed):
    """Sequences of different lengths, padded on the right, and targets for every step of them."""
    random = np.random.default_rng(seed)
    inputs = random.integers(PADDING + 1, VOCABULARY, (BATCH, STEPS))
    for sequence, length in zip(inputs, [STEPS, 3, 1], strict=True):
        sequence[length:] = PADDING
    if loss == "crossEntropy":
        return inputs, random.integers(0, VOCABULARY, (BATCH, STEPS))
    shape = (BATCH, STEPS, VOCABULARY)
    binary = loss == "binaryCrossEntropy"
    return inputs, random.integers(0, 2, shape).astype(np.float64) if binary else random.normal(size=shape)


def schedule_cases():
    """Learning-rate schedules as the engine describes them, from 0.1, and the length of their run."""
    return [
        {"schedule": schedule, "learningRate": 0.1, "steps": 20}
        for schedule in [
            {"kind": "step", "every": 6, "factor": 0.3},
            {"kind": "exponential", "factor": 0.9},
            {"kind": "cosine", "warmUp": 0},
            {"kind": "cosine", "warmUp": 5},
        ]
    ]


def write_schedules(name, cases):
    folder = OUTPUT / "schedules"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(cases, indent=1) + "\n")


def write(
    name, framework, description, inputs, targets, before, gradients, predictions, losses, after, state=None, evaluated=None,
    learning_rate=LEARNING_RATE, clipping=None,
):
    """`state` are running statistics after the ten steps, and `evaluated` what is predicted with them."""
    OUTPUT.mkdir(parents=True, exist_ok=True)
    steps = description["timeSteps"]

    def time_major(array):
        return flat(np.swapaxes(array, 0, 1)) if array.ndim > 1 and array.shape[1] == steps else flat(array)

    document = {
        "framework": framework,
        "plan": description,
        "batch": BATCH,
        "learningRate": learning_rate,
        **({"clipping": clipping} if clipping else {}),
        "inputs": time_major(inputs),
        "targets": time_major(targets),
        "parameters": {key: flat(value) for key, value in before.items()},
        "gradients": {key: flat(value) for key, value in gradients.items()},
        "predictions": time_major(predictions),
        "losses": flat(losses),
        "parametersAfter": {key: flat(value) for key, value in after.items()},
    }
    if state:
        document["stateAfter"] = {key: flat(value) for key, value in state.items()}
        document["evaluated"] = time_major(evaluated)
    (OUTPUT / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    print(f"{name}: loss {losses[0]:.6f} → {losses[-1]:.6f}")
