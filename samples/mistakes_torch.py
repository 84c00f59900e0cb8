"""Two mistakes people really make in PyTorch: Unroll underlines them and offers fixes."""

from torch import nn


class SentimentClassifier(nn.Module):
    def __init__(self, vocab_size=20_000, embedding_size=64, hidden_size=64, classes=2):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_size, padding_idx=0)
        # `dropout` acts between stacked layers, and there is only one.
        self.lstm = nn.LSTM(embedding_size, hidden_size, batch_first=True, bidirectional=True, dropout=0.3)
        self.head = nn.Linear(2 * hidden_size, classes)

    def forward(self, tokens):
        output, _ = self.lstm(self.embedding(tokens))
        # At the last step the backward direction has read one token only.
        return self.head(output[:, -1])
