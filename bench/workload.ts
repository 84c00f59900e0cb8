/** A long model file as people write them, for timing analysis: ten models of both frameworks among other code. */

/** Source text of about `lines` lines with `models` models. */
export function modelFile(lines: number, models: number): string {
  const parts = [
    'import os',
    'import numpy as np',
    'import torch',
    'import torch.nn as nn',
    'import torch.nn.functional as F',
    'from tensorflow import keras',
    'from tensorflow.keras import layers',
    '',
    'HIDDEN = 64',
    'CONFIG = {"layers": 2, "dropout": 0.1}',
    '',
  ];
  for (let index = 0; index < models; index++) parts.push(...(index % 2 === 0 ? torchModel(index) : kerasModel(index)));
  for (let index = 0; parts.length < lines; index++) parts.push(...helper(index));
  return `${parts.join('\n')}\n`;
}

function torchModel(index: number): string[] {
  return `
class Model${index}(nn.Module):
    """Reads a sequence of tokens and gives a class."""

    def __init__(self, vocabulary=${1000 + index}, width=32, hidden=HIDDEN, bidirectional=True):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.rnn = nn.LSTM(width, hidden, CONFIG["layers"], batch_first=True, bidirectional=bidirectional)
        directions = 2 if bidirectional else 1
        self.blocks = nn.ModuleList([nn.Linear(hidden * directions, hidden * directions) for _ in range(3)])
        self.head = nn.Linear(hidden * directions, 10)

    def forward(self, tokens, state=None):
        batch = tokens.size(0)
        x = self.embedding(tokens)
        output, (h, c) = self.rnn(x, state)
        x = torch.cat([h[-2], h[-1]], dim=1).view(batch, -1)
        for block in self.blocks:
            x = x + F.relu(block(x))
        return F.log_softmax(self.head(x), dim=-1)
`.split('\n');
}

function kerasModel(index: number): string[] {
  return `
def build_${index}(steps=50, features=8, units=HIDDEN):
    inputs = keras.Input(shape=(steps, features))
    x = inputs
    for _ in range(2):
        x = layers.LSTM(units, return_sequences=True)(x)
        x = layers.Dropout(0.2)(x)
    x = layers.Bidirectional(layers.GRU(units // 2))(x)
    outputs = layers.Dense(${index + 1}, activation="softmax")(x)
    model = keras.Model(inputs, outputs, name="model_${index}")
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    return model
`.split('\n');
}

function helper(index: number): string[] {
  return `
def prepare_${index}(path, window=30, horizon=1):
    rows = []
    with open(path) as source:
        for line in source:
            fields = line.strip().split(",")
            if len(fields) < 2:
                continue
            rows.append([float(field) for field in fields[1:]])
    data = np.asarray(rows, dtype="float32")
    mean, deviation = data.mean(axis=0), data.std(axis=0) + 1e-8
    scaled = (data - mean) / deviation
    windows = [scaled[start : start + window] for start in range(len(scaled) - window - horizon)]
    targets = [scaled[start + window + horizon - 1] for start in range(len(scaled) - window - horizon)]
    return np.stack(windows), np.stack(targets), {"mean": mean, "deviation": deviation, "index": ${index}}
`.split('\n');
}
