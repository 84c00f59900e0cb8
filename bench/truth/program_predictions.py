"""Writes what PyTorch and Keras predict for the programs that the planner is tested with: test/fixtures/programs/predictions.json.

    KERAS_BACKEND=tensorflow python bench/truth/program_predictions.py

For each program: inputs [batch, steps(, columns)], a decoder's inputs where it has one, every parameter under the name and in
the layout of the engine (weights [inputs, outputs], gates of a GRU in the order update, reset, candidate), and the predictions.
"""

import json
from pathlib import Path

import keras
import numpy as np
import torch

PROGRAMS = Path(__file__).parents[2] / "test" / "fixtures" / "programs"
BATCH, STEPS, COLUMNS, VOCABULARY = 4, 10, 3, 9

random = np.random.default_rng(1)


def drawn(shape):
    """Few digits, so that what is committed is what was computed with."""
    return np.round(random.normal(0, 0.4, shape), 3)


def inputs_of(text):
    """What a program reads, and what its decoder reads: 0 and then the right answers, each a step late."""
    if "mbedding(" not in text:
        return drawn((BATCH, STEPS, COLUMNS)), None
    tokens = random.integers(1, VOCABULARY, (BATCH, STEPS))
    if "target" not in text:
        return tokens, None
    answers = random.integers(1, VOCABULARY, (BATCH, STEPS))
    answers[:, 0] = 0
    return tokens, answers


def update_first(weights):
    """PyTorch has the reset gate before the update gate."""
    reset, update, candidate = np.split(weights, 3, axis=-1)
    return np.concatenate([update, reset, candidate], axis=-1)


def torch_parameters(model):
    found = {}
    for path, layer in model.named_modules():
        state = {name: value.detach().numpy() for name, value in layer.named_parameters(recurse=False)}
        if isinstance(layer, torch.nn.RNNBase):
            order = update_first if layer.mode == "GRU" else lambda weights: weights
            for index in range(layer.num_layers):
                for way, suffix in [("forward", ""), ("backward", "_reverse")][: 1 + layer.bidirectional]:
                    name = path + (f".{index}" if layer.num_layers > 1 else "")
                    name += f".{way}" if layer.bidirectional else ""
                    found[f"{name}.inputWeights"] = order(state[f"weight_ih_l{index}{suffix}"].T)
                    found[f"{name}.recurrentWeights"] = order(state[f"weight_hh_l{index}{suffix}"].T)
                    found[f"{name}.inputBias"] = order(state[f"bias_ih_l{index}{suffix}"])
                    found[f"{name}.recurrentBias"] = order(state[f"bias_hh_l{index}{suffix}"])
                    if layer.proj_size > 0:
                        found[f"{name}.projectionWeights"] = state[f"weight_hr_l{index}{suffix}"].T
        elif isinstance(layer, torch.nn.MultiheadAttention):
            for index, role in enumerate(["query", "key", "value"]):
                rows = slice(index * layer.embed_dim, (index + 1) * layer.embed_dim)
                found[f"{path}.{role}.weights"] = state["in_proj_weight"][rows].T
                found[f"{path}.{role}.bias"] = state["in_proj_bias"][rows]
            found[f"{path}.output.weights"] = layer.out_proj.weight.detach().numpy().T
            found[f"{path}.output.bias"] = layer.out_proj.bias.detach().numpy()
        elif isinstance(layer, torch.nn.Conv1d):
            found[f"{path}.weights"] = state["weight"].transpose(2, 1, 0)
            found[f"{path}.bias"] = state["bias"]
        elif isinstance(layer, (torch.nn.BatchNorm1d, torch.nn.LayerNorm)):
            found[f"{path}.scale"], found[f"{path}.bias"] = state["weight"], state["bias"]
        elif isinstance(layer, torch.nn.Embedding):
            found[f"{path}.table"] = state["weight"]
        elif isinstance(layer, torch.nn.Linear) and not path.endswith("out_proj"):
            found[f"{path}.bias"] = layer.bias.detach().numpy()
            found[f"{path}.weights"] = layer.weight.detach().numpy().T
    return found


def torch_case(text):
    names = {}
    exec(text, names)
    model = names["Model"]().double().eval()
    for parameter in model.parameters():
        parameter.data = torch.from_numpy(drawn(parameter.shape))
    given, answers = inputs_of(text)
    is_time_first = "batch_first" not in text
    arrays = [torch.from_numpy(array) for array in (given, answers) if array is not None]
    predicted = model(*[array.transpose(0, 1) if is_time_first else array for array in arrays]).detach().numpy()
    return given, answers, torch_parameters(model), predicted


def keras_roles(layer):
    """The arrays of a layer that the planner knows, by role; None for one of a program's own."""
    weights = [weight.numpy() for weight in layer.weights]
    match layer:
        case keras.layers.Bidirectional():
            half = len(weights) // 2
            ways = [("forward", weights[:half]), ("backward", weights[half:])]
            return {f"{way}.{role}": value for way, own in ways for role, value in recurrent_roles(own).items()}
        case keras.layers.LSTM() | keras.layers.GRU() | keras.layers.SimpleRNN():
            return recurrent_roles(weights)
        case keras.layers.Dense() | keras.layers.Conv1D() | keras.layers.TimeDistributed():
            return dict(zip(["weights", "bias"], weights))
        case keras.layers.BatchNormalization() | keras.layers.LayerNormalization():
            return dict(zip(["scale", "bias"], weights))
        case keras.layers.Embedding():
            return {"table": weights[0]}
        case keras.layers.MultiHeadAttention():
            roles = [f"{role}.{name}" for role in ["query", "key", "value", "output"] for name in ["weights", "bias"]]
            return dict(zip(roles, weights))
        case keras.layers.AdditiveAttention():
            return {"scale": weights[0]}
    return None


def recurrent_roles(weights):
    inputs, recurrent, bias = weights
    biases = {"inputBias": bias} if bias.ndim == 1 else {"inputBias": bias[0], "recurrentBias": bias[1]}
    return {"inputWeights": inputs, "recurrentWeights": recurrent, **biases}


def keras_parameters(layer, path):
    roles = keras_roles(layer)
    if roles is not None:
        return {f"{path}.{role}": value for role, value in roles.items()}
    held = {name: value for name, value in vars(layer).items() if isinstance(value, keras.layers.Layer)}
    if held:
        return {k: v for name, part in held.items() for k, v in keras_parameters(part, f"{path}.{name}").items()}
    # A bias that is added to a product is that product's.
    found, product = {}, ""
    for number, weight in enumerate(layer.weights, 1):
        if weight.ndim == 2:
            product = f"{weight.name} {number}"
        found[f"{product}.{'weights' if weight.ndim == 2 else 'bias'}"] = weight.numpy()
    return found


def keras_case(text):
    keras.backend.clear_session()
    names = {}
    exec(text, names)
    model = names["model"]
    # The planner names layers by a count of each kind in the model.
    counts, found = {}, {}
    for weight in model.trainable_weights:
        weight.assign(drawn(weight.shape))
    for layer in model.layers:
        kind = keras.src.utils.naming.to_snake_case(type(layer).__name__)
        count = counts.get(kind, 0)
        counts[kind] = count + 1
        found.update(keras_parameters(layer, kind if count == 0 else f"{kind}_{count}"))
    given, answers = inputs_of(text)
    predicted = np.array(model(given if answers is None else [given, answers], training=False))
    return given, answers, found, predicted


def main():
    keras.backend.set_floatx("float64")
    cases = {}
    for file in sorted(PROGRAMS.glob("*.py")):
        framework = file.name.split("_")[0]
        if framework == "flax":
            continue
        text = file.read_text()
        run = torch_case if framework == "torch" else keras_case
        given, answers, parameters, predicted = run(text)
        cases[file.name] = {
            "inputs": given.flatten().tolist(),
            **({} if answers is None else {"answers": answers.flatten().tolist()}),
            "parameters": {name: np.asarray(value).flatten().tolist() for name, value in parameters.items()},
            "predictions": np.round(predicted, 12).flatten().tolist(),
        }
    (PROGRAMS / "predictions.json").write_text(json.dumps(cases) + "\n")


main()
