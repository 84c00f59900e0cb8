"""Writes what PyTorch computes for small recurrent models; see engine_vectors.py."""

import numpy as np
import torch
from engine_vectors import (
    ADAM_STEPS, EMBEDDING, FEATURES, HIDDEN, LEARNING_RATE, OUTPUTS, STEPS, VOCABULARY, batch, dense_plan, every_step_of,
    final_state_of, plan, recurrent_plan, write,
)


def swap_update_and_reset(array):
    """Between PyTorch's gate order (reset, update, candidate) and the engine's, along the last axis."""
    reset, update, candidate = np.split(array, 3, axis=-1)
    return np.concatenate([update, reset, candidate], axis=-1)


class TorchModel(torch.nn.Module):
    def __init__(self, kind, tokens, layers=1, bidirectional=False, bias=True, **options):
        super().__init__()
        self.tokens, self.bidirectional = tokens, bidirectional
        self.embedding = torch.nn.Embedding(VOCABULARY, FEATURES) if tokens else None
        self.recurrent = getattr(torch.nn, kind)(
            FEATURES, HIDDEN, layers, batch_first=True, bidirectional=bidirectional, bias=bias, **options
        )
        width = (options.get("proj_size") or HIDDEN) * (2 if bidirectional else 1)
        self.dense = torch.nn.Linear(width, VOCABULARY if tokens else OUTPUTS)

    def forward(self, x):
        x = self.embedding(x) if self.tokens else x
        output, state = self.recurrent(x)
        if self.tokens:
            return self.dense(output)
        state = state[0] if isinstance(state, tuple) else state
        return self.dense(torch.cat([state[-2], state[-1]], dim=1) if self.bidirectional else state[-1])


def torch_names(model, paths):
    """Engine name → (tensor, whether it is transposed, whether its gates are reordered)."""
    names = {}
    if model.tokens:
        names["embedding.table"] = (model.embedding.weight, False, False)
    gru = isinstance(model.recurrent, torch.nn.GRU)
    for layer, path in enumerate(paths):
        for suffix, direction in [("", ".forward"), ("_reverse", ".backward")] if model.bidirectional else [("", "")]:
            for role, name in [
                ("weight_ih", "inputWeights"),
                ("weight_hh", "recurrentWeights"),
                ("bias_ih", "inputBias"),
                ("bias_hh", "recurrentBias"),
                ("weight_hr", "projectionWeights"),
            ]:
                tensor = getattr(model.recurrent, f"{role}_l{layer}{suffix}", None)
                if tensor is not None:
                    names[f"{path}{direction}.{name}"] = (tensor, role.startswith("weight"), gru)
    names["dense.weights"] = (model.dense.weight, True, False)
    names["dense.bias"] = (model.dense.bias, False, False)
    return names


class TorchTranslator(torch.nn.Module):
    """An encoder whose states a decoder starts from, taught by the right answers one step late."""

    def __init__(self):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, FEATURES)
        self.encoder = torch.nn.LSTM(FEATURES, HIDDEN, batch_first=True)
        self.answers = torch.nn.Embedding(VOCABULARY, FEATURES)
        self.decoder = torch.nn.LSTM(FEATURES, HIDDEN, batch_first=True)
        self.dense = torch.nn.Linear(HIDDEN, VOCABULARY)

    def forward(self, x, y):
        _, states = self.encoder(self.embedding(x))
        late = torch.cat([torch.zeros_like(y[:, :1]), y[:, :-1]], dim=1)
        return self.dense(self.decoder(self.answers(late), states)[0])


def translator_names(model):
    names = {"embedding.table": (model.embedding.weight, False, False)}
    names["answers.embedding.table"] = (model.answers.weight, False, False)
    for path in ("encoder", "decoder"):
        layer = getattr(model, path)
        names[f"{path}.inputWeights"] = (layer.weight_ih_l0, True, False)
        names[f"{path}.recurrentWeights"] = (layer.weight_hh_l0, True, False)
        names[f"{path}.inputBias"] = (layer.bias_ih_l0, False, False)
        names[f"{path}.recurrentBias"] = (layer.bias_hh_l0, False, False)
    names["dense.weights"] = (model.dense.weight, True, False)
    names["dense.bias"] = (model.dense.bias, False, False)
    return names


def torch_case(name, kind, tokens, layer_plans, seed, **options):
    torch.manual_seed(seed)
    translates = kind == "translator"
    model = (TorchTranslator() if translates else TorchModel(kind, tokens, **options)).double()
    paths = [layer["path"] for layer in layer_plans if layer["kind"] == "recurrent"]

    def read(of):
        values = {}
        for key, (tensor, transposed, reordered) in (translator_names(model) if translates else torch_names(model, paths)).items():
            array = of(tensor).detach().numpy().copy()
            array = array.T if transposed else array
            values[key] = swap_update_and_reset(array) if reordered else array
        return values

    inputs, targets = batch(tokens, seed)
    x, y = torch.tensor(inputs), torch.tensor(targets)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    before, losses = read(lambda tensor: tensor), []
    gradients = predictions = None
    for step in range(ADAM_STEPS):
        output = model(x, y) if translates else model(x)
        loss = (
            torch.nn.functional.cross_entropy(output.reshape(-1, VOCABULARY), y.reshape(-1))
            if tokens
            else torch.nn.functional.mse_loss(output, y)
        )
        optimiser.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            gradients, predictions = read(lambda tensor: tensor.grad), output.detach().numpy()
        optimiser.step()
    description = plan("torch", layer_plans, tokens)
    write(
        name, f"torch {torch.__version__}", description, inputs, targets, before, gradients, predictions, losses,
        read(lambda tensor: tensor),
    )


def main():
    regression = dense_plan(OUTPUTS, final_state_of(0))
    classification = dense_plan(VOCABULARY)

    torch_case("torch-rnn", "RNN", False, [recurrent_plan("rnn"), regression], 1)
    relu = recurrent_plan("rnn", activation="relu")
    torch_case("torch-rnn-relu", "RNN", False, [relu, regression], 2, nonlinearity="relu")
    torch_case("torch-lstm", "LSTM", False, [recurrent_plan("lstm"), regression], 3)
    torch_case("torch-gru", "GRU", False, [recurrent_plan("gru"), regression], 4)
    torch_case("torch-gru-no-bias", "GRU", False, [recurrent_plan("gru", bias="none"), regression], 5, bias=False)
    stacked = [
        EMBEDDING,
        recurrent_plan("lstm", path="lower"),
        recurrent_plan("lstm", path="upper"),
        classification,
    ]
    torch_case("torch-char-lstm-stacked", "LSTM", True, stacked, 6, layers=2)
    both = recurrent_plan("gru", direction="both")
    torch_case("torch-gru-bidirectional", "GRU", False, [both, regression], 7, bidirectional=True)
    projected = recurrent_plan("lstm", projection=2)
    torch_case("torch-lstm-projected", "LSTM", False, [projected, regression], 14, proj_size=2)
    both = [recurrent_plan("lstm", path=path, direction="both", projection=2) for path in ("lower", "upper")]
    torch_case(
        "torch-lstm-projected-stacked-bidirectional", "LSTM", False, [*both, dense_plan(OUTPUTS, final_state_of(1))], 24,
        layers=2, bidirectional=True, proj_size=2,
    )
    translator = [
        EMBEDDING,
        recurrent_plan("lstm", path="encoder"),
        {"kind": "delayedTargets", "path": "answers", "timeSteps": STEPS, "width": 1},
        {**EMBEDDING, "path": "answers.embedding"},
        recurrent_plan("lstm", path="decoder", reads=[every_step_of(3), *final_state_of(1), {"layer": 1, "output": 2}]),
        classification,
    ]
    torch_case("torch-translator", "translator", True, translator, 16)


main()
