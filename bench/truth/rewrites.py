"""Builds the rewritten models in real Keras and PyTorch, and writes down what came of it.

The fixtures of test/fixtures/rewrites and what the rewrites make of them (its folder `after`) are copied to a temporary
folder, where each is run as its author would run it: Keras models are given a batch and saved and loaded again, modules
call themselves at the end of their file. Parameters and the shape of the output go to truth.json beside the fixtures.

    python bench/truth/rewrites.py
"""

import json
import os
import runpy
import shutil
import tempfile
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy
import tensorflow
import torch

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures" / "rewrites"
BATCH = 2


def run_keras(model, folder):
    """The parameters and the shape of what the model gives, which is the same after saving and loading it."""
    shape = (BATCH, *(model.input_shape if model.built and hasattr(model, "input_shape") else (None, 12))[1:])
    batch = numpy.random.default_rng(1).integers(0, 2, shape)
    output = model.predict(batch, verbose=0)
    # A class of the file's own would need a configuration to be loaded.
    if model.__class__.__module__.startswith("keras."):
        path = os.path.join(folder, "model.keras")
        model.save(path)
        again = keras.models.load_model(path).predict(batch, verbose=0)
        numpy.testing.assert_allclose(output, again, rtol=1e-5)
    return {"parameters": model.count_params(), "output": list(output.shape[1:])}


def run_torch(model, values):
    """The parameters, and the shape of the one tensor that the file computes."""
    outputs = [value for value in values if isinstance(value, torch.Tensor)]
    assert len(outputs) == 1, "the fixture computes one tensor"
    outputs[0].sum().backward()
    untrained = [name for name, weight in model.named_parameters() if weight.grad is None]
    assert not untrained, f"no gradient reaches {untrained}"
    parameters = sum(weight.numel() for weight in model.parameters())
    return {"parameters": parameters, "output": list(outputs[0].shape[1:])}


def run(path, folder):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = runpy.run_path(str(path))
    model = values["model"]
    if isinstance(model, torch.nn.Module):
        return run_torch(model, values.values())
    return run_keras(model, folder)


def main():
    models = {}
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted([*FIXTURES.glob("*.py"), *FIXTURES.glob("after/*.py")]):
            path = Path(shutil.copy(source, folder))
            keras.backend.clear_session()
            keras.saving.get_custom_objects().clear()
            models[path.name] = run(path, folder)
            print(path.name, models[path.name])
    versions = {"keras": keras.__version__, "tensorflow": tensorflow.__version__, "torch": torch.__version__}
    document = {"versions": versions, "models": models}
    (FIXTURES / "truth.json").write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
