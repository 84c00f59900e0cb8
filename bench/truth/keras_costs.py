"""Writes what the programs of test/fixtures/keras_costs.txt cost by Keras and TensorFlow.

    python -m venv <folder> && <folder>/bin/pip install keras tensorflow-cpu
    <folder>/bin/python bench/truth/keras_costs.py

Written to test/fixtures/keras_costs.json, per program:

- `weights`: shape and whether it is trained, of every array of the model;
- `macs`: multiply-adds of the products in the graph that TensorFlow traces for one sequence, with every loop over time
  unrolled and no fused kernel.
"""

import json
import math
import os
import pathlib
import re

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures"


def unroll(layer):
    """Every loop over time as one step after another, in all layers below this one."""
    if isinstance(layer, keras.layers.RNN):
        layer.unroll = True
        if hasattr(layer, "use_cudnn"):
            layer.use_cudnn = False
    for held in layer._flatten_layers(include_self=False):
        if held is not layer:
            unroll(held)


def macs_of(operation):
    shapes = [tensor.shape.as_list() for tensor in operation.inputs]
    output = math.prod(operation.outputs[0].shape.as_list()) if operation.outputs else 0
    match operation.type:
        case "MatMul":
            rows = shapes[0][0 if operation.get_attr("transpose_a") else 1]
            return output * rows
        case "BatchMatMulV2":
            return output * shapes[0][-2 if operation.get_attr("adj_x") else -1]
        case "Conv2D" | "Conv3D":
            return output * math.prod(shapes[1][:-1])
        case "Conv2DBackpropInput":
            return math.prod(shapes[2]) * math.prod(shapes[1][:-1])
        case "DepthwiseConv2dNative":
            return output * math.prod(shapes[1][:2])
        case "Einsum":
            letters = operation.get_attr("equation").decode().split("->")[0].split(",")
            sizes = {letter: size for term, shape in zip(letters, shapes) for letter, size in zip(term, shape)}
            return math.prod(sizes.values())
    return 0


def operations_of(graph):
    """The operations of a graph and of the functions that it calls."""
    for operation in graph.get_operations():
        yield operation
        if operation.type in ("PartitionedCall", "StatefulPartitionedCall"):
            called = operation.get_attr("f").name
            yield from operations_of(graph._get_function(called).graph)
        elif operation.type in ("While", "StatelessWhile"):
            raise ValueError("how often a loop runs is not known")


def main():
    text = (FIXTURES / "keras_costs.txt").read_text()
    headings = list(re.finditer(r"^# (.*)$", text, re.M))
    programs = {}
    for heading, following in zip(headings, [*headings[1:], None]):
        source = text[heading.end() : following.start() if following else None]
        scope = {"__name__": "program"}
        exec(compile(source, "program.py", "exec"), scope)
        model = scope["model"]
        unroll(model)
        inputs = model.inputs if getattr(model, "inputs", None) else [keras.KerasTensor((None, 10), dtype="int32")]
        specs = [tf.TensorSpec([1, *tensor.shape[1:]], tensor.dtype) for tensor in inputs]
        traced = tf.function(lambda *given: model(given[0] if len(given) == 1 else list(given))).get_concrete_function(*specs)
        programs[heading[1]] = {
            "weights": [[weight.path, list(weight.shape), weight.trainable] for weight in model.weights],
            "macs": sum(macs_of(operation) for operation in operations_of(traced.graph)),
        }
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    (FIXTURES / "keras_costs.json").write_text(json.dumps({**versions, "programs": programs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
