"""Writes what PyTorch computes for convolutions, pooling, normalisation, attention and tied weights; see engine_vectors.py."""

import torch
from engine_vectors import (
    ADAM_STEPS, EMBEDDING, FEATURES, HIDDEN, LEARNING_RATE, OUTPUTS, VOCABULARY, batch, convolution_plan, dense_plan,
    every_step_of, hybrid_plan, layer_plan, plan, recurrent_plan, write,
)
from torch.nn import functional

STEPS = 9


def same(tensor):
    return tensor


def transposed(tensor):
    return tensor.T


def taps_first(tensor):
    """From [filters, columns, taps] to [taps·columns, filters]."""
    return tensor.permute(2, 1, 0).flatten(0, 1)


def rows(start, end):
    return lambda tensor: tensor[start:end].T if tensor.ndim == 2 else tensor[start:end]


def linear(path, layer):
    names = {f"{path}.weights": (layer.weight, transposed)}
    return names if layer.bias is None else {**names, f"{path}.bias": (layer.bias, same)}


def convolution(path, layer):
    return {f"{path}.weights": (layer.weight, taps_first), f"{path}.bias": (layer.bias, same)}


def normalisation(path, layer):
    return {f"{path}.scale": (layer.weight, same), f"{path}.bias": (layer.bias, same)}


def lstm(path, layer):
    return {
        f"{path}.inputWeights": (layer.weight_ih_l0, transposed),
        f"{path}.recurrentWeights": (layer.weight_hh_l0, transposed),
        f"{path}.inputBias": (layer.bias_ih_l0, same),
        f"{path}.recurrentBias": (layer.bias_hh_l0, same),
    }


def heads(path, layer):
    width = layer.embed_dim
    names = linear(f"{path}.output", layer.out_proj)
    for index, role in enumerate(["query", "key", "value"]):
        if layer.in_proj_weight is None:
            names[f"{path}.{role}.weights"] = (getattr(layer, f"{role[0]}_proj_weight"), transposed)
        else:
            names[f"{path}.{role}.weights"] = (layer.in_proj_weight, rows(index * width, (index + 1) * width))
        names[f"{path}.{role}.bias"] = (layer.in_proj_bias, rows(index * width, (index + 1) * width))
    return names


class Model(torch.nn.Module):
    """Layers by name, a function of them and the input, and how the engine names their parameters."""

    def __init__(self, layers, function, names, state=lambda layers: {}):
        super().__init__()
        self.layers, self.function = torch.nn.ModuleDict(layers), function
        self.names, self.state = names, state

    def forward(self, x):
        return self.function(self.layers, x)


def case(name, model, layer_plans, seed, tokens=False):
    model = model.double()
    scales = {tensor for key, (tensor, _) in model.names(model.layers).items() if key.endswith(".scale")}
    for index, parameter in enumerate(model.parameters()):
        # Away from the zeros and ones that many of them start as, where mistakes could hide.
        generator = torch.Generator().manual_seed(seed * 100 + index)
        noise = 0.4 * torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        parameter.data.copy_(noise + float(parameter in scales))

    def read(of):
        return {key: convert(of(tensor)).detach().numpy().copy() for key, (tensor, convert) in model.names(model.layers).items()}

    inputs, targets = batch(tokens, seed, STEPS)
    x, y = torch.tensor(inputs), torch.tensor(targets)
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    before, losses = read(lambda tensor: tensor), []
    gradients = predictions = None
    for step in range(ADAM_STEPS):
        output = model(x)
        loss = (
            functional.cross_entropy(output.reshape(-1, VOCABULARY), y.reshape(-1))
            if tokens
            else functional.mse_loss(output, y)
        )
        optimiser.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            gradients, predictions = read(lambda tensor: tensor.grad), output.detach().numpy()
        optimiser.step()
    model.eval()
    write(
        name, f"torch {torch.__version__}", plan("torch", layer_plans, tokens, STEPS), inputs, targets, before, gradients,
        predictions, losses, read(lambda tensor: tensor),
        {key: value.numpy().copy() for key, value in model.state(model.layers).items()}, model(x).detach().numpy(),
    )


def convolutions():
    layers = {
        "same": torch.nn.Conv1d(FEATURES, 4, 4, padding="same"),
        "strided": torch.nn.Conv1d(4, 6, 3, stride=2, padding=3, dilation=2, groups=2),
        "causal": torch.nn.Conv1d(6, 3, 2, dilation=2),
        "dense": torch.nn.Linear(5 * 3 + 3, OUTPUTS),
    }

    def forward(layers, x):
        x = torch.tanh(layers["same"](x.transpose(1, 2)))
        x = layers["strided"](x)
        x = torch.relu(layers["causal"](functional.pad(x, (2, 0))))
        return layers["dense"](x.transpose(1, 2).flatten(1))

    def names(layers):
        return {
            **{key: value for path in ["same", "strided", "causal"] for key, value in convolution(path, layers[path]).items()},
            **linear("dense", layers["dense"]),
        }

    case("torch-convolutions", Model(layers, forward, names), [
        convolution_plan("same", 4, 4, padding="same", activation="tanh"),
        convolution_plan("strided", 6, 3, stride=2, padding=3, dilation=2, groups=2),
        convolution_plan("causal", 3, 2, dilation=2, padding="causal", activation="relu"),
        layer_plan("flatten", "flatten"),
        dense_plan(OUTPUTS),
    ], 21)


def pooling():
    layers = {
        "convolution": torch.nn.Conv1d(FEATURES, 4, 2),
        "largest": torch.nn.MaxPool1d(3, 2, padding=1),
        "average": torch.nn.AvgPool1d(3, 1, padding=1),
        "dense": torch.nn.Linear(12, OUTPUTS),
    }

    def forward(layers, x):
        x = layers["average"](layers["largest"](layers["convolution"](x.transpose(1, 2))))
        return layers["dense"](torch.cat([x.amax(2), x.mean(2), x.sum(2)], dim=1))

    def names(layers):
        return {**convolution("convolution", layers["convolution"]), **linear("dense", layers["dense"])}

    case("torch-pooling", Model(layers, forward, names), [
        convolution_plan("convolution", 4, 2),
        layer_plan("pool", "largest", how="max", size=3, stride=2, padding=1, countsPadding=False),
        layer_plan("pool", "average", how="average", size=3, stride=1, padding=1, countsPadding=True),
        *[layer_plan("poolOverTime", how, how=how, reads=[every_step_of(2)]) for how in ["max", "average", "sum"]],
        layer_plan("join", "all", how="concat", reads=[every_step_of(3), every_step_of(4), every_step_of(5)]),
        dense_plan(OUTPUTS),
    ], 22)


def norms():
    layers = {
        "recurrent": torch.nn.LSTM(FEATURES, HIDDEN, batch_first=True),
        "rows": torch.nn.LayerNorm(HIDDEN),
        "columns": torch.nn.BatchNorm1d(HIDDEN),
        "dense": torch.nn.Linear(HIDDEN, OUTPUTS),
    }

    def forward(layers, x):
        # Without the tanh between them, batch norm would leave nothing of the biases of layer norm.
        x = torch.tanh(layers["rows"](layers["recurrent"](x)[0]))
        return layers["dense"](layers["columns"](x.transpose(1, 2)).amax(2))

    def names(layers):
        return {
            **lstm("recurrent", layers["recurrent"]),
            **normalisation("rows", layers["rows"]),
            **normalisation("columns", layers["columns"]),
            **linear("dense", layers["dense"]),
        }

    def state(layers):
        columns = layers["columns"]
        return {"columns.runningMean": columns.running_mean, "columns.runningVariance": columns.running_var}

    case("torch-norms", Model(layers, forward, names, state), [
        recurrent_plan("lstm"),
        layer_plan("layerNorm", "rows", epsilon=1e-5, scale=True, bias=True),
        layer_plan("activation", "tanh", activation="tanh"),
        layer_plan("batchNorm", "columns", epsilon=1e-5, scale=True, bias=True, momentum=0.9),
        layer_plan("poolOverTime", "largest", how="max"),
        dense_plan(OUTPUTS),
    ], 23)


def attention():
    layers = {"recurrent": torch.nn.LSTM(FEATURES, HIDDEN, batch_first=True), "dense": torch.nn.Linear(HIDDEN, OUTPUTS)}

    def forward(layers, x):
        x = layers["recurrent"](x)[0]
        return layers["dense"](functional.scaled_dot_product_attention(x, x, x, is_causal=True).mean(1))

    def names(layers):
        return {**lstm("recurrent", layers["recurrent"]), **linear("dense", layers["dense"])}

    case("torch-attention", Model(layers, forward, names), [
        recurrent_plan("lstm"),
        layer_plan("attention", "attention", score="dot", scale="rootOfWidth", causal=True),
        layer_plan("poolOverTime", "average", how="average"),
        dense_plan(OUTPUTS),
    ], 24)


def multi_head_attention():
    layers = {
        "recurrent": torch.nn.LSTM(FEATURES, 6, batch_first=True),
        "self": torch.nn.MultiheadAttention(6, 2, batch_first=True),
        "cross": torch.nn.MultiheadAttention(6, 3, batch_first=True, kdim=FEATURES, vdim=FEATURES),
        "dense": torch.nn.Linear(12, OUTPUTS),
    }

    def forward(layers, x):
        states = layers["recurrent"](x)[0]
        hidden = torch.ones(STEPS, STEPS, dtype=torch.bool).triu(1)
        first, _ = layers["self"](states, states, states, attn_mask=hidden)
        second, _ = layers["cross"](states[:, -1:], x, x)
        return layers["dense"](torch.cat([first.mean(1), second[:, 0]], dim=1))

    def names(layers):
        return {
            **lstm("recurrent", layers["recurrent"]),
            **heads("self", layers["self"]),
            **heads("cross", layers["cross"]),
            **linear("dense", layers["dense"]),
        }

    widths = {"outputWidth": 6, "bias": True}
    case("torch-multi-head-attention", Model(layers, forward, names), [
        recurrent_plan("lstm", hiddenSize=6),
        layer_plan("multiHeadAttention", "self", heads=2, keyWidth=3, valueWidth=3, causal=True, **widths),
        layer_plan("poolOverTime", "average", how="average"),
        layer_plan("step", "last", step=-1, reads=[every_step_of(0)]),
        layer_plan(
            "multiHeadAttention", "cross", heads=3, keyWidth=2, valueWidth=2, causal=False, **widths,
            reads=[every_step_of(3), "input"],
        ),
        layer_plan("join", "both", how="concat", reads=[every_step_of(2), every_step_of(4)]),
        dense_plan(OUTPUTS),
    ], 25)


def tied_weights():
    layers = {
        "embedding": torch.nn.Embedding(VOCABULARY, FEATURES),
        "recurrent": torch.nn.LSTM(FEATURES, FEATURES, batch_first=True),
        "dense": torch.nn.Linear(FEATURES, VOCABULARY),
    }
    layers["dense"].weight = layers["embedding"].weight

    def forward(layers, x):
        return layers["dense"](layers["recurrent"](layers["embedding"](x))[0])

    def names(layers):
        return {
            "embedding.table": (layers["embedding"].weight, same),
            **lstm("recurrent", layers["recurrent"]),
            "dense.bias": (layers["dense"].bias, same),
        }

    tied = {**dense_plan(VOCABULARY), "tiedTo": "embedding.table"}
    recurrent = recurrent_plan("lstm", hiddenSize=FEATURES)
    case("torch-tied-weights", Model(layers, forward, names), [EMBEDDING, recurrent, tied], 26, tokens=True)


def hybrid():
    layers = {
        "convolution": torch.nn.Conv1d(FEATURES, 6, 5, padding="same"),
        "recurrent": torch.nn.LSTM(6, HIDDEN, batch_first=True),
        "hidden": torch.nn.Linear(HIDDEN, 5),
        "score": torch.nn.Linear(5, 1, bias=False),
        "dense": torch.nn.Linear(HIDDEN, OUTPUTS),
    }

    def forward(layers, x):
        x = torch.relu(layers["convolution"](x.transpose(1, 2))).transpose(1, 2)
        states, _ = layers["recurrent"](x)
        weights = torch.softmax(layers["score"](torch.tanh(layers["hidden"](states))), dim=1)
        return layers["dense"]((weights * states).sum(1))

    def names(layers):
        return {
            **convolution("convolution", layers["convolution"]),
            **lstm("recurrent", layers["recurrent"]),
            **linear("hidden", layers["hidden"]),
            **linear("score", layers["score"]),
            **linear("dense", layers["dense"]),
        }

    case("torch-hybrid", Model(layers, forward, names), hybrid_plan("both"), 27)


for write_case in [convolutions, pooling, norms, attention, multi_head_attention, tied_weights, hybrid]:
    write_case()
