"""Predicts the next character of a text, one model class and a training loop, as PyTorch tutorials write it."""

# unroll: data=data/alice.txt, vocab_size=72, seq_len=64

from pathlib import Path

import torch
from torch import nn


class CharModel(nn.Module):
    def __init__(self, vocab_size, embedding_size=32, hidden_size=96, num_layers=1):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, vocab_size)

    def forward(self, characters):
        embedded = self.embedding(characters)
        output, (hidden, cell) = self.lstm(embedded)
        return self.head(output)


def main(steps=300, seq_len=64, batch_size=32):
    text = Path("data/alice.txt").read_text()
    characters = sorted(set(text))
    vocab_size = len(characters)
    index = {character: position for position, character in enumerate(characters)}
    encoded = torch.tensor([index[character] for character in text])

    model = CharModel(vocab_size)
    criterion = nn.CrossEntropyLoss()
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    for step in range(steps):
        starts = torch.randint(0, len(encoded) - seq_len - 1, (batch_size,))
        inputs = torch.stack([encoded[start : start + seq_len] for start in starts])
        targets = torch.stack([encoded[start + 1 : start + seq_len + 1] for start in starts])
        logits = model(inputs)
        loss = criterion(logits.reshape(-1, vocab_size), targets.reshape(-1))
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()


if __name__ == "__main__":
    main()
