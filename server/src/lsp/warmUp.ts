/**
 * Brings the analyser up to speed before the first file arrives: V8 compiles only what has run some times, and the first
 * analysis of a process takes several times as long as the twentieth.
 */
import { formatAmount } from '../../../model/costs/amount';
import { modelCosts } from '../../../model/costs/model';
import { findingsOf } from '../advice/findings';
import { analyseFile, type FileAnalysis } from '../analysis';

const program = `
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from tensorflow import keras
from tensorflow.keras import layers

HIDDEN = 64
CONFIG = {"layers": 2, "dropout": 0.1}


class Tagger(nn.Module):
    """Reads a sequence of tokens and gives a tag for each."""

    def __init__(self, vocabulary=1000, width=32, hidden=HIDDEN, tags=17, bidirectional=True):
        super().__init__()
        directions = 2 if bidirectional else 1
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        self.lstm = nn.LSTM(width, hidden, CONFIG["layers"], batch_first=True, bidirectional=bidirectional)
        self.blocks = nn.ModuleList([nn.Linear(hidden * directions, hidden * directions) for _ in range(3)])
        self.head = nn.Sequential(nn.Dropout(CONFIG["dropout"]), nn.Linear(hidden * directions, tags))

    def forward(self, tokens, state=None):
        batch, steps = tokens.size()
        x, (h, c) = self.lstm(self.embedding(tokens), state)
        for block in self.blocks:
            x = x + F.relu(block(x))
        last = torch.cat([h[-2], h[-1]], dim=1).view(batch, -1)
        return F.log_softmax(self.head(x), dim=-1), last


def windows(series, length=30):
    """Cuts a series into windows, each with the value that follows it."""
    starts = range(len(series) - length)
    inputs = np.stack([series[start : start + length] for start in starts])
    return inputs, np.asarray([series[start + length] for start in starts], dtype="float32")


def forecaster(steps=50, features=8, units=HIDDEN):
    inputs = keras.Input(shape=(steps, features))
    x = layers.Conv1D(32, 5, padding="same", activation="relu")(inputs)
    for _ in range(2):
        x = layers.LSTM(units, return_sequences=True)(x)
        x = layers.Dropout(0.2)(x)
    x = layers.Bidirectional(layers.GRU(units // 2))(x)
    model = keras.Model(inputs, layers.Dense(1)(x), name="forecaster")
    model.compile(optimizer="adam", loss="mse")
    return model


model = keras.Sequential([keras.Input((30, 4)), layers.SimpleRNN(16), layers.Dense(10, activation="softmax")])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
tagger = Tagger(vocabulary=5000)
`;

/** As often as V8 needs to have compiled most of what an analysis runs: about a fifth of a second in all. */
export const warmUpRounds = 20;

/** A file is opened, and a key is struck in it. Each round's text differs, so that nothing is taken from the one before. */
export function warmUpRound(round: number): FileAnalysis {
  const text = `${program}# ${round}\n`;
  const opened = analyseFile('warm-up.py', text);
  readAsEditorsDo(opened);
  const edited = analyseFile('warm-up.py', text.replace('HIDDEN = 64', `HIDDEN = 64${round}`), null, opened);
  readAsEditorsDo(edited);
  return opened;
}

/** Reads what hints, lenses and diagnostics show after every change. */
export function readAsEditorsDo(analysis: FileAnalysis): void {
  for (const model of analysis.models) {
    const costs = modelCosts(model);
    formatAmount(costs.flops);
    for (const { parameters } of costs.layers) formatAmount(parameters);
  }
  findingsOf(analysis);
}

/** Warms up between requests, one round at a time, for as long as `isIdle` says that no file has come. */
export function warmUp(isIdle: () => boolean): void {
  const runRound = (round: number): void => {
    if (round === warmUpRounds || !isIdle()) return;
    warmUpRound(round);
    setImmediate(() => runRound(round + 1));
  };
  setImmediate(() => runRound(0));
}
