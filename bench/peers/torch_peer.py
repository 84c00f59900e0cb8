"""Times training steps in PyTorch for `bench:engine` and `bench:gpu`: a JSON request a line in, a JSON answer a line out.

The first argument is the device, "cpu" or "cuda"; the first line out is a greeting with a name, or says why there is none.
Request: {"model": {…}, "threads": n, "seconds": s}; answer: {"seconds": of the fastest step, "median": …} or {"unable": "why"}.
Models are those of bench/engineGrid.ts. A step has forward, loss, backward and Adam. Losses are read after every step, or after
"stepsPerRead" of them. With "tensorFloat": false, cuDNN computes with all of a float's bits. {"forget": {model}} is answered
with {}.
"""

import json
import statistics
import sys
import time

import torch

DEVICE = sys.argv[1] if len(sys.argv) > 1 else "cpu"
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
    network, inputs, targets = network.to(DEVICE), inputs.to(DEVICE), targets.to(DEVICE)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-4, fused=True if DEVICE == "cuda" else None)

    def step():
        optimiser.zero_grad()
        loss = loss_of(network(inputs), targets)
        loss.backward()
        optimiser.step()
        return loss.detach()

    return step


def timed(step, seconds, steps_per_read):
    """Seconds of a step, of each group of steps whose losses are read together, after one group that is not counted."""

    def group():
        for loss in [step() for _ in range(steps_per_read)]:
            loss.item()

    group()
    times, end = [], time.perf_counter() + seconds
    while True:
        started = time.perf_counter()
        group()
        now = time.perf_counter()
        times.append((now - started) / steps_per_read)
        if now >= end:
            return {"seconds": min(times), "median": statistics.median(times)}


def greeting():
    name = f"PyTorch {torch.__version__.split('+')[0]}"
    if DEVICE == "cpu":
        return {"name": name}
    if not torch.cuda.is_available():
        return {"unable": f"{name} reaches no GPU."}
    return {"name": f"{name}, cuDNN {torch.backends.cudnn.version()}", "device": torch.cuda.get_device_name()}


print(json.dumps(greeting()), flush=True)
made = {}
for line in sys.stdin:
    request = json.loads(line)
    if "forget" in request:
        made.pop(json.dumps(request["forget"], sort_keys=True), None)
        print("{}", flush=True)
        continue
    torch.set_num_threads(request["threads"])
    torch.backends.cudnn.allow_tf32 = request.get("tensorFloat", True)
    key = json.dumps(request["model"], sort_keys=True)
    try:
        if key not in made:
            made[key] = step_of(request["model"])
        answer = timed(made[key], request["seconds"], request.get("stepsPerRead", 1))
    except RuntimeError as error:
        answer = {"unable": str(error).splitlines()[0]}
    print(json.dumps(answer), flush=True)
