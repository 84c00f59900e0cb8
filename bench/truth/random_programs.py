"""Writes random model programs with the parameters that the real frameworks count for them.

    <folder>/bin/python bench/truth/random_programs.py [count] [seed]

Each program is Python source as people write it: sizes that arrive through constants, dictionaries, data classes, argparse,
arithmetic, call sites and loops; layers made in helpers, base classes and comprehensions. It is executed once here, its model
is counted by the framework, and source and count go to test/fixtures/programs.json. The tests need no Python.
"""

import json
import os
import pathlib
import random
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

OUTPUT = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "programs.json"


class Program:
    """Collects definitions and hands out expressions that evaluate to wanted sizes."""

    def __init__(self, rng):
        self.rng = rng
        self.lines = []
        self.counter = 0
        self.config = {}

    def name(self, stem):
        self.counter += 1
        return f"{stem}_{self.counter}"

    def size(self, value):
        """An expression that is `value`, by one of the ways in which sizes reach constructors."""
        rng = self.rng
        way = rng.randrange(12)
        if way <= 2:
            return str(value)
        if way == 3:
            name = self.name("SIZE")
            self.lines.append(f"{name} = {value}")
            return name
        if way == 4:
            key = self.name("key")
            self.config[key] = value
            return f'CONFIG["{key}"]'
        if way == 5:
            part = rng.randint(1, value)
            return f"({part} + {value - part})"
        if way == 6:
            return f"{value * 2} // 2"
        if way == 7:
            return f"int({value * 3} / 3)"
        if way == 8:
            text = "".join(rng.choice("abcdefgh") for _ in range(value))
            return f'len("{text}")'
        if way == 9:
            return f"max({value}, {rng.randint(1, value)})"
        if way == 10:
            name = self.name("pick")
            self.lines.append(f"def {name}(flag, size={value}):\n    if flag:\n        return size\n    return size + 1")
            return f"{name}(True)"
        sizes = [rng.randint(1, 9) for _ in range(3)]
        index = rng.randrange(3)
        sizes[index] = value
        name = self.name("sizes")
        self.lines.append(f"{name} = {sizes}")
        return f"{name}[{index - rng.choice([0, 3])}]"

    def source(self, imports, body):
        config = ", ".join(f'"{key}": {value}' for key, value in self.config.items())
        return "\n".join([*imports, f"CONFIG = {{{config}}}", *self.lines, body]) + "\n"


def torch_program(rng):
    p = Program(rng)
    width = rng.randint(2, 12)
    init, forward = [], []
    if rng.random() < 0.5:
        vocabulary = rng.randint(5, 40)
        init.append(f"self.embedding = nn.Embedding({p.size(vocabulary)}, {p.size(width)})")
        forward.append("x = self.embedding(x)")
    for index in range(rng.randint(1, 3)):
        cell = rng.choice(["RNN", "GRU", "LSTM"])
        hidden = rng.randint(1, 16)
        layers = rng.randint(1, 3)
        both = rng.random() < 0.4
        arguments = [p.size(width), p.size(hidden)]
        if layers > 1 or rng.random() < 0.3:
            arguments.append(f"num_layers={p.size(layers)}")
        if rng.random() < 0.3:
            arguments.append("bias=False")
        if rng.random() < 0.6:
            arguments.append("batch_first=True")
        if both:
            arguments.append(f"bidirectional={rng.choice(['True', 'not False', '3 > 2'])}")
        projected = cell == "LSTM" and hidden > 2 and rng.random() < 0.2
        output = hidden
        if projected:
            output = rng.randint(1, hidden - 1)
            arguments.append(f"proj_size={p.size(output)}")
        init.append(f"self.rnn{index} = nn.{cell}({', '.join(arguments)})")
        forward.append(f"x, _ = self.rnn{index}(x)")
        width = output * (2 if both else 1)
    blocks = rng.randint(0, 3)
    if blocks:
        way = rng.randrange(3)
        if way == 0:
            init.append(f"self.blocks = nn.ModuleList([nn.Linear({width}, {width}) for _ in range({p.size(blocks)})])")
        elif way == 1:
            init.append("layers = []")
            init.append(f"for i in range({blocks}):")
            init.append(f"    layers += [nn.Linear({width}, {width}), nn.ReLU()]")
            init.append("self.blocks = nn.Sequential(*layers)")
        else:
            init.append(f"for i in range({blocks}):")
            init.append(f'    self.add_module(f"block{{i}}", nn.Linear({width}, {width}, bias=i % 2 == 0))')
    if rng.random() < 0.4:
        init.append(f"self.norm = nn.LayerNorm({p.size(width)})")
    if rng.random() < 0.3:
        init.append(f"self.scale = nn.Parameter(torch.ones({p.size(width)}))")
    out = rng.randint(1, 9)
    init.append(f"self.head = nn.Linear({p.size(width)}, {p.size(out)})")
    forward.append("return self.head(x)")
    base = rng.random() < 0.3
    body = []
    if base:
        body += ["class Base(nn.Module):", "    def __init__(self, extra):", "        super().__init__()"]
        body += [f"        self.extra = nn.Linear(extra, {p.size(rng.randint(1, 5))})"]
    body.append(f"class Model({'Base' if base else 'nn.Module'}):")
    body.append("    def __init__(self, unused=None, **options):")
    body.append(f"        super().__init__({p.size(rng.randint(1, 5)) if base else ''})")
    body += [f"        {line}" for line in init]
    body.append("    def forward(self, x):")
    body += [f"        {line}" for line in forward]
    body.append(rng.choice(["model = Model()", "model = Model(unused=3, other=4)"]))
    return p.source(["import torch", "from torch import nn"], "\n".join(body))


def keras_program(rng):
    p = Program(rng)
    steps, features = rng.randint(4, 20), rng.randint(1, 9)
    functional = rng.random() < 0.5
    embedded = rng.random() < 0.4
    calls = []
    if embedded:
        calls.append(f"layers.Embedding({p.size(rng.randint(5, 40))}, {p.size(rng.randint(2, 9))})")
    count = rng.randint(1, 3)
    for index in range(count):
        cell = rng.choice(["SimpleRNN", "GRU", "LSTM"])
        arguments = [p.size(rng.randint(1, 16))]
        if index < count - 1:
            arguments.append("return_sequences=True")
        if rng.random() < 0.2:
            arguments.append("use_bias=False")
        if cell == "GRU" and rng.random() < 0.3:
            arguments.append("reset_after=False")
        call = f"layers.{cell}({', '.join(arguments)})"
        if rng.random() < 0.4:
            merge = rng.choice(["", ', merge_mode="sum"', ', merge_mode="concat"', ', merge_mode="ave"'])
            call = f"layers.Bidirectional({call}{merge})"
        calls.append(call)
        if rng.random() < 0.3:
            calls.append(rng.choice(["layers.Dropout(0.2)", "layers.BatchNormalization()", "layers.LayerNormalization()"]))
    calls.append(f"layers.Dense({p.size(rng.randint(1, 9))}, activation={rng.choice(['None', repr('softmax')])})")
    shape = f"({p.size(steps)},)" if embedded else f"({p.size(steps)}, {p.size(features)})"
    body = []
    if functional:
        body.append("def build(units=3):")
        body.append(f"    inputs = keras.Input(shape={shape})")
        body.append("    x = inputs")
        body += [f"    x = {call}(x)" for call in calls]
        body.append("    return keras.Model(inputs, x)")
        body.append("model = build()")
    elif rng.random() < 0.5:
        body.append("model = keras.Sequential()")
        body.append(f"model.add(keras.Input(shape={shape}))")
        body += [f"model.add({call})" for call in calls]
    else:
        body.append(f"model = keras.Sequential([keras.Input({shape}), {', '.join(calls)}])")
    return p.source(["import keras", "from keras import layers"], "\n".join(body))


def count(source):
    scope = {"__name__": "program"}
    exec(compile(source, "program", "exec"), scope)
    model = scope["model"]
    if hasattr(model, "count_params"):
        return model.count_params()
    return sum(parameter.numel() for parameter in model.parameters())


def main():
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    programs = []
    for index in range(total):
        make = torch_program if index % 3 else keras_program
        source = make(rng)
        programs.append({"source": source, "parameters": count(source)})
    OUTPUT.write_text(json.dumps(programs, indent=0) + "\n")


if __name__ == "__main__":
    main()
