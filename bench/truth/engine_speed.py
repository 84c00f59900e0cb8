"""Times training steps of the models of engine_speed.mjs in PyTorch on one thread.

    venv/bin/python bench/truth/engine_speed.py
"""

import time

import torch

torch.set_num_threads(1)


class Forecast(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.recurrent = getattr(torch.nn, kind)(4, 64, batch_first=False)
        self.dense = torch.nn.Linear(64, 1)

    def forward(self, x):
        return self.dense(self.recurrent(x)[0][-1])


class Characters(torch.nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embedding = torch.nn.Embedding(72, 32)
        self.recurrent = getattr(torch.nn, kind)(32, 128, batch_first=False)
        self.dense = torch.nn.Linear(128, 72)

    def forward(self, x):
        return self.dense(self.recurrent(self.embedding(x))[0]).flatten(0, 1)


def best_step_ms(model, inputs, targets, loss_of):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.001)
    rounds = []
    for _ in range(40):
        started = time.perf_counter()
        for _ in range(5):
            loss = loss_of(model(inputs), targets)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1)
            optimiser.step()
            loss.item()
        rounds.append((time.perf_counter() - started) / 5 * 1000)
    return min(rounds)


print(f"PyTorch {torch.__version__}, 1 thread")
for name in ["RNN", "GRU", "LSTM"]:
    ms = best_step_ms(Forecast(name), torch.randn(30, 32, 4), torch.randn(32, 1), torch.nn.functional.mse_loss)
    print(f"{name}, forecast, B=32 T=30 I=4 H=64: {ms:.2f} ms a step")
for name in ["RNN", "GRU", "LSTM"]:
    inputs, targets = torch.randint(0, 72, (64, 32)), torch.randint(0, 72, (64 * 32,))
    ms = best_step_ms(Characters(name), inputs, targets, torch.nn.functional.cross_entropy)
    print(f"{name}, characters, B=32 T=64 E=32 H=128 V=72: {ms:.2f} ms a step, {1000 / ms:.0f} steps a second")
