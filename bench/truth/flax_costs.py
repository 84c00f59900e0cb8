"""Writes what the programs of test/fixtures/flax_costs.txt cost by Flax and JAX.

    python -m venv <folder> && <folder>/bin/pip install flax
    <folder>/bin/python bench/truth/flax_costs.py

Written to test/fixtures/flax_costs.json, per program: the shapes of its parameters, and the multiply-adds of the products in
what JAX traces for the call that initialised it, for the one sequence of that call.
"""

import json
import math
import pathlib
import re

import flax
import jax

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures"
PREAMBLE = "import jax\nimport jax.numpy as jnp\nfrom flax import linen as nn\n\nkey = jax.random.key(0)\n\n\n"


def macs_of(jaxpr):
    total = 0
    for equation in jaxpr.eqns:
        output = math.prod(equation.outvars[0].aval.shape)
        name = equation.primitive.name
        if name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            total += output * math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
        elif name == "conv_general_dilated":
            kernel = equation.invars[1].aval.shape
            outputs = kernel[equation.params["dimension_numbers"].rhs_spec[0]]
            total += output * math.prod(kernel) // outputs
        repeats = equation.params.get("length", 1) if name == "scan" else 1
        for value in equation.params.values():
            for part in value if isinstance(value, (tuple, list)) else [value]:
                inner = getattr(part, "jaxpr", part)
                if hasattr(inner, "eqns"):
                    total += repeats * macs_of(inner)
    return total


def main():
    text = (FIXTURES / "flax_costs.txt").read_text()
    headings = list(re.finditer(r"^# (.*)$", text, re.M))
    programs = {}
    for heading, following in zip(headings, [*headings[1:], None]):
        source = PREAMBLE + text[heading.end() : following.start() if following else None].lstrip()
        scope = {"__name__": "program"}
        # The arguments of the call that initialises are those of the model.
        given = []
        original = flax.linen.Module.init

        def init(module, key, *args):
            given.append(args)
            return original(module, key, *args)

        flax.linen.Module.init = init
        try:
            exec(compile(source, "program.py", "exec"), scope)
        finally:
            flax.linen.Module.init = original
        variables = scope["variables"]
        traced = jax.make_jaxpr(lambda *args: scope["model"].apply(variables, *args))(*given[0])
        programs[heading[1]] = {
            "parameters": sorted(list(leaf.shape) for leaf in jax.tree_util.tree_leaves(variables["params"])),
            "macs": macs_of(traced.jaxpr),
        }
    truth = {"flax": flax.__version__, "jax": jax.__version__, "programs": programs}
    (FIXTURES / "flax_costs.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main()
