"""Times training steps in PyTorch for `bench:engine`: a JSON request a line comes in, a JSON answer a line goes out.

Request: {"model": {…}, "threads": n, "seconds": s}; answer: {"seconds": of the fastest step} or {"unable": "why"}. Models are
those of bench/engineGrid.ts. A step has forward, loss, backward and Adam, and reads the loss.
"""

import json
import sys
import time

import torch

CELLS = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


class Forecast(torch.nn.Module):
    def __init__(self, cell, inputs, hidden, layers, bidirectional):
        super().__init__()
        self.recurrent = CELLS[cell](inputs, hidden, layers, bidirectional=bidirectional, batch_first=True)
        self.bidirectional = bidirectional
        self.head = torch.nn.Linear(hidden * (2 if bidirectional else 1), 1)

    def forward(self, x):
        _, state = self.recurrent(x)
        hidden = state[0] if isinstance(state, tuple) else state
        return self.head(torch.cat([hidden[-2], hidden[-1]], dim=1) if self.bidirectional else hidden[-1])


class Characters(torch.nn.Module):
    def __init__(self, cell, vocabulary, inputs, hidden):
        super().__init__()
        self.embedding = torch.nn.Embedding(vocabulary, inputs)
        self.recurrent = CELLS[cell](inputs, hidden, batch_first=True)
        self.head = torch.nn.Linear(hidden, vocabulary)

    def forward(self, x):
        return self.head(self.recurrent(self.embedding(x))[0]).flatten(0, 1)


class ConvolutionAttention(torch.nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.convolution = torch.nn.Conv1d(inputs, hidden, 5, padding=2)
        self.recurrent = torch.nn.LSTM(hidden, hidden, batch_first=True)
        self.score = torch.nn.Sequential(
            torch.nn.Linear(hidden, hidden), torch.nn.Tanh(), torch.nn.Linear(hidden, 1, bias=False)
        )
        self.head = torch.nn.Linear(hidden, 1)

    def forward(self, x):
        features = torch.relu(self.convolution(x.transpose(1, 2))).transpose(1, 2)
        steps, _ = self.recurrent(features)
        weights = torch.softmax(self.score(steps), dim=1)
        return self.head((weights * steps).sum(dim=1))


def step_of(model):
    """A function that makes one training step of the described model."""
    batch, steps, kind = model["batch"], model["steps"], model["kind"]
    torch.manual_seed(1)
    if kind == "characters":
        network = Characters(model["cell"], model["vocabulary"], model["inputs"], model["hidden"])
        inputs = torch.randint(0, model["vocabulary"], (batch, steps))
        targets = torch.randint(0, model["vocabulary"], (batch * steps,))
        loss_of = torch.nn.functional.cross_entropy
    else:
        inputs, targets = torch.randn(batch, steps, model["inputs"]), torch.randn(batch, 1)
        loss_of = torch.nn.functional.mse_loss
        if kind == "forecast":
            sizes = [model[key] for key in ("cell", "inputs", "hidden", "layers", "bidirectional")]
            network = Forecast(*sizes)
        else:
            network = ConvolutionAttention(model["inputs"], model["hidden"])
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4)

    def step():
        optimiser.zero_grad()
        loss = loss_of(network(inputs), targets)
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


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


print(json.dumps({"name": f"PyTorch {torch.__version__.split('+')[0]}"}), flush=True)
made = {}
for line in sys.stdin:
    request = json.loads(line)
    torch.set_num_threads(request["threads"])
    key = json.dumps(request["model"], sort_keys=True)
    if key not in made:
        made[key] = step_of(request["model"])
    print(json.dumps({"seconds": fastest(made[key], request["seconds"])}), flush=True)
