"""Writes the parameter counts that the real frameworks give for the models in test/fixtures/models.

    python -m venv <folder> && <folder>/bin/pip install torch keras tensorflow-cpu
    <folder>/bin/python bench/truth/parameters.py

Every fixture is imported; each model among its globals is counted, total and trainable, tied weights once. Written to
test/fixtures/models/truth.json, which the tests compare with the analyser's numbers.
"""

import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import torch

from parameters_of_fixtures import FIXTURES, load


def count(model):
    if isinstance(model, torch.nn.Module):
        # `parameters()` gives shared arrays once.
        return {
            "total": sum(p.numel() for p in model.parameters()),
            "trainable": sum(p.numel() for p in model.parameters() if p.requires_grad),
        }
    return {
        "total": model.count_params(),
        "trainable": sum(int(w.numpy().size) for w in model.trainable_weights),
    }


def main():
    truth = {"versions": {"torch": torch.__version__, "keras": keras.__version__}, "files": {}}
    for path in sorted(FIXTURES.glob("*.py")):
        # Flax has an environment and a script of its own.
        if path.stem.startswith("flax_"):
            continue
        models = {}
        for value in vars(load(path)).values():
            if isinstance(value, torch.nn.Module):
                models[type(value).__name__] = count(value)
            elif isinstance(value, keras.Model):
                # The analyser names a class of the program's own by the class, as PyTorch's modules.
                is_own = not type(value).__module__.startswith("keras.")
                models[type(value).__name__ if is_own else value.name] = count(value)
        truth["files"][path.name] = models
    (FIXTURES / "truth.json").write_text(json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    main()
