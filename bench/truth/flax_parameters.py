"""Writes the parameter counts that Flax gives for the models in test/fixtures/models/flax_*.py.

    python -m venv <folder> && <folder>/bin/pip install flax
    <folder>/bin/python bench/truth/flax_parameters.py

Of linen, the `params` in every global `<Class>_variables`; of nnx, the parameters of every global module. Written to
test/fixtures/models/truth_flax.json.
"""

import json

import flax
import jax
from flax import nnx

from parameters_of_fixtures import FIXTURES, load


def size(tree):
    return sum(leaf.size for leaf in jax.tree_util.tree_leaves(tree))


def main():
    truth = {"versions": {"flax": flax.__version__, "jax": jax.__version__}, "files": {}}
    for path in sorted(FIXTURES.glob("flax_*.py")):
        models = {}
        for name, value in vars(load(path)).items():
            if name.endswith("_variables"):
                models[name.removesuffix("_variables")] = size(value["params"])
            elif isinstance(value, nnx.Module):
                models[type(value).__name__] = size(nnx.state(value, nnx.Param))
        # All parameters of Flax are trained; what is not is kept in other collections.
        truth["files"][path.name] = {name: {"total": total, "trainable": total} for name, total in models.items()}
    (FIXTURES / "truth_flax.json").write_text(json.dumps(truth, indent=2) + "\n")


if __name__ == "__main__":
    main()
