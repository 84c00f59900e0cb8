"""Counts the programs of test/fixtures/torch_programs.txt with PyTorch and says where a heading differs.

Each program names its model `model`. Run it where torch is installed: `python bench/truth/torch_programs.py`.
"""

import contextlib
import io
import pathlib
import re
import sys
import types

import torch.nn as nn

FILE = pathlib.Path(__file__).parents[2] / "test" / "fixtures" / "torch_programs.txt"
HEADING = re.compile(r"^# (.*): (\d+) (\d+)(?: or open)?$", re.M)


def count(source: str) -> tuple[int, int]:
    module = types.ModuleType("__main__")
    held, sys.modules["__main__"] = sys.modules["__main__"], module
    names = dict(vars(nn))
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, "program.py", "exec"), module.__dict__)
    finally:
        sys.modules["__main__"] = held
        vars(nn).update(names)
    parameters = list(module.model.parameters())
    return sum(p.numel() for p in parameters), sum(p.numel() for p in parameters if p.requires_grad)


text = FILE.read_text()
headings = list(HEADING.finditer(text))
for heading, following in zip(headings, [*headings[1:], None]):
    source = text[heading.end() : following.start() if following else None]
    said = int(heading[2]), int(heading[3])
    if (found := count(source)) != said:
        print(f"{heading[1]}: {said} in the file, {found} by PyTorch")
