"""Where the fixtures of model files are, and how one is imported."""

import importlib.util
import pathlib

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
