"""Writes what PyTorch makes of losses, padding, optimisers, clipping and schedules; see engine_vectors.py.

The model is small and always the same, a plain recurrent layer below a dense one, so that what differs is how it is trained.
"""

import numpy as np
import torch
from engine_vectors import (
    EMBEDDING, FEATURES, HIDDEN, UPDATES, OUTPUTS, PADDING, VOCABULARY, batch, dense_plan, final_state_of,
    padded_batch, plan, recurrent_plan, schedule_cases, write, write_schedules,
)

LOSSES = {
    "crossEntropy": torch.nn.CrossEntropyLoss(reduction="none"),
    "meanSquaredError": torch.nn.MSELoss(reduction="none"),
    "meanAbsoluteError": torch.nn.L1Loss(reduction="none"),
    "huber": torch.nn.HuberLoss(reduction="none"),
    "binaryCrossEntropy": torch.nn.BCEWithLogitsLoss(reduction="none"),
}


class Model(torch.nn.Module):
    def __init__(self, padded):
        super().__init__()
        self.embedding = torch.nn.Embedding(VOCABULARY, FEATURES) if padded else None
        self.recurrent = torch.nn.RNN(FEATURES, HIDDEN, batch_first=True)
        self.dense = torch.nn.Linear(HIDDEN, VOCABULARY if padded else OUTPUTS)

    def forward(self, x):
        if self.embedding is None:
            return self.dense(self.recurrent(x)[1][-1])
        lengths = (x != PADDING).sum(1)
        packed = torch.nn.utils.rnn.pack_padded_sequence(
            self.embedding(x), lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = torch.nn.utils.rnn.pad_packed_sequence(
            self.recurrent(packed)[0], batch_first=True, total_length=x.shape[1]
        )
        return self.dense(states)

    def values(self, of):
        named = {
            "recurrent.inputWeights": (self.recurrent.weight_ih_l0, True),
            "recurrent.recurrentWeights": (self.recurrent.weight_hh_l0, True),
            "recurrent.inputBias": (self.recurrent.bias_ih_l0, False),
            "recurrent.recurrentBias": (self.recurrent.bias_hh_l0, False),
            "dense.weights": (self.dense.weight, True),
            "dense.bias": (self.dense.bias, False),
        }
        if self.embedding is not None:
            named["embedding.table"] = (self.embedding.weight, False)
        arrays = {name: (of(tensor).detach().numpy().copy(), flip) for name, (tensor, flip) in named.items()}
        return {name: array.T if flip else array for name, (array, flip) in arrays.items()}


def case(name, seed, loss="meanSquaredError", padded=False, optimiser=None, make=None, clipping=None, learning_rate=0.01):
    torch.manual_seed(seed)
    model = Model(padded).double()
    inputs, targets = padded_batch(loss, seed) if padded else batch(False, seed, loss=loss)
    x, y = torch.tensor(inputs), torch.tensor(targets)
    counted = x != PADDING if padded else torch.ones(len(x), dtype=torch.bool)
    make = make or torch.optim.Adam
    stepper = make(model.parameters(), lr=learning_rate)
    before, losses = model.values(lambda tensor: tensor), []
    gradients = predictions = None
    for step in range(UPDATES):
        output = model(x)
        mean = LOSSES[loss](output[counted], y[counted]).mean()
        stepper.zero_grad()
        mean.backward()
        losses.append(mean.item())
        if step == 0:
            gradients = model.values(lambda tensor: tensor.grad)
            # Of a step that is padding PyTorch leaves the state 0, others the one before; nobody looks.
            predictions = torch.where(counted[..., None], output, torch.nan).detach().numpy()
        if clipping and "clipNorm" in clipping:
            torch.nn.utils.clip_grad_norm_(model.parameters(), clipping["clipNorm"])
        if clipping and "clipValue" in clipping:
            torch.nn.utils.clip_grad_value_(model.parameters(), clipping["clipValue"])
        stepper.step()
    recurrent = recurrent_plan("rnn")
    layers = (
        [{**EMBEDDING, "paddingToken": PADDING}, recurrent, dense_plan(VOCABULARY)]
        if padded
        else [recurrent, dense_plan(OUTPUTS, final_state_of(0))]
    )
    description = {**plan("torch", layers, padded), "loss": loss}
    if optimiser is not None:
        description["optimiser"] = optimiser
    write(
        name, f"torch {torch.__version__}", description, inputs, targets, before, gradients, predictions, losses,
        model.values(lambda tensor: tensor), learning_rate=learning_rate, clipping=clipping,
    )


def schedules():
    """The learning rates that PyTorch's schedulers give, one a step."""
    def rates(make, steps):
        stepper = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
        scheduler = make(stepper, steps)
        given = []
        for _ in range(steps):
            given.append(stepper.param_groups[0]["lr"])
            stepper.step()
            scheduler.step()
        return given

    scheduler = torch.optim.lr_scheduler

    def make(schedule):
        kind = schedule["kind"]
        if kind == "step":
            return lambda stepper, _: scheduler.StepLR(stepper, schedule["every"], schedule["factor"])
        if kind == "exponential":
            return lambda stepper, _: scheduler.ExponentialLR(stepper, schedule["factor"])
        warm_up = schedule["warmUp"]
        if warm_up == 0:
            return lambda stepper, steps: scheduler.CosineAnnealingLR(stepper, steps)
        return lambda stepper, steps: scheduler.SequentialLR(
            stepper,
            [
                scheduler.LinearLR(stepper, 1 / warm_up, 1, warm_up - 1),
                scheduler.CosineAnnealingLR(stepper, steps - warm_up),
            ],
            [warm_up],
        )

    write_schedules("torch", [{**case, "rates": rates(make(case["schedule"]), case["steps"])} for case in schedule_cases()])


def main():
    for seed, loss in enumerate(["meanAbsoluteError", "huber", "binaryCrossEntropy"], 20):
        case(f"torch-loss-{loss}", seed, loss)
    for seed, loss in enumerate(LOSSES, 30):
        case(f"torch-padded-{loss}", seed, loss, padded=True)

    optim = torch.optim
    case("torch-sgd", 40, optimiser={"name": "sgd"}, make=optim.SGD, learning_rate=0.1)
    for seed, nesterov in [(41, False), (42, True)]:
        case(
            "torch-sgd-nesterov" if nesterov else "torch-sgd-momentum", seed,
            optimiser={"name": "sgd", "momentum": 0.9, "nesterov": nesterov, "weightDecay": 0.05},
            make=lambda parameters, lr: optim.SGD(parameters, lr, momentum=0.9, nesterov=nesterov, weight_decay=0.05),
        )
    case("torch-rmsprop", 43, optimiser={"name": "rmsprop"}, make=optim.RMSprop)
    case(
        "torch-rmsprop-centred", 44,
        optimiser={"name": "rmsprop", "decay": 0.8, "momentum": 0.5, "centred": True, "weightDecay": 0.05},
        make=lambda parameters, lr: optim.RMSprop(
            parameters, lr, alpha=0.8, momentum=0.5, centered=True, weight_decay=0.05
        ),
    )
    case(
        "torch-adam-decay", 45, optimiser={"name": "adam", "weightDecay": 0.05},
        make=lambda parameters, lr: optim.Adam(parameters, lr, weight_decay=0.05),
    )
    case("torch-adamw", 46, optimiser={"name": "adamw"}, make=optim.AdamW)
    case("torch-clip-norm", 47, optimiser={"name": "sgd"}, make=optim.SGD, clipping={"clipNorm": 0.5}, learning_rate=0.1)
    case("torch-clip-value", 48, optimiser={"name": "sgd"}, make=optim.SGD, clipping={"clipValue": 0.1}, learning_rate=0.1)
    schedules()


main()
