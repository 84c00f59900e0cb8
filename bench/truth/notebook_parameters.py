"""Writes the parameter counts that the real frameworks give for the models in test/fixtures/notebooks.

    <folder>/bin/python bench/truth/notebook_parameters.py     (the environment of parameters.py)

The code cells of every notebook are run in order in one namespace, without the lines that belong to IPython; cells that are
not Python are passed over. Each model that a cell makes is counted. Written to test/fixtures/notebooks/truth.json.
"""

import ast
import json
import os
import pathlib
import re

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import torch

from parameters import count

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "notebooks"


def python_of(source):
    lines = (re.sub(r"^(\s*)([%!?].*|.*\?$)", r"\1pass", line) for line in source.splitlines())
    return "\n".join(re.sub(r"= *[%!].*", "= None", line) for line in lines)


def main():
    truth = {"versions": {"torch": torch.__version__, "keras": keras.__version__}, "notebooks": {}}
    for path in sorted(FIXTURES.glob("*.ipynb")):
        namespace, models, counted = {}, [], set()
        for index, cell in enumerate(json.loads(path.read_text())["cells"], start=1):
            source = python_of("".join(cell["source"]))
            if cell["cell_type"] != "code":
                continue
            try:
                ast.parse(source)
            except SyntaxError:
                continue
            exec(source, namespace)
            for value in list(namespace.values()):
                if isinstance(value, (torch.nn.Module, keras.Model)) and id(value) not in counted:
                    counted.add(id(value))
                    models.append({"cell": index, "value": value})
        truth["notebooks"][path.name] = [
            {"cell": made["cell"], "total": count(made["value"])["total"]} for made in models
        ]
    (FIXTURES / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    main()
