"""Writes what TensorFlow's BlockLSTMV2 and its gradient give into engine/test/tensorflowVectors, for the adapter's tests.

    python bench/truth/block_lstm.py            (TensorFlow 2.21 on a processor)
"""
import json
import pathlib

import numpy
import tensorflow as tf

FOLDER = pathlib.Path(__file__).parents[2] / "engine/test/tensorflowVectors"
STEPS, BATCH, INPUTS, HIDDEN = 3, 2, 2, 3


def numbers(tensor):
    return [round(float(value), 9) for value in numpy.ravel(tensor)]


def write(use_peephole):
    random = numpy.random.default_rng(7)
    shapes = {
        "x": (STEPS, BATCH, INPUTS),
        "cs_prev": (BATCH, HIDDEN),
        "h_prev": (BATCH, HIDDEN),
        "w": (INPUTS + HIDDEN, 4 * HIDDEN),
        "wci": (HIDDEN,),
        "wcf": (HIDDEN,),
        "wco": (HIDDEN,),
        "b": (4 * HIDDEN,),
    }
    inputs = {name: random.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    if not use_peephole:
        for name in ("wci", "wcf", "wco"):
            inputs[name][:] = 0
    names = ("i", "cs", "f", "o", "ci", "co", "h")
    outputs = tf.raw_ops.BlockLSTMV2(seq_len_max=STEPS, use_peephole=use_peephole, **inputs)
    output_gradients = {name: random.normal(size=(STEPS, BATCH, HIDDEN)).astype("float32") for name in ("cs_grad", "h_grad")}
    # Only the last cell state is read by anything else.
    output_gradients["cs_grad"][:-1] = 0
    gradients = tf.raw_ops.BlockLSTMGradV2(
        seq_len_max=STEPS,
        use_peephole=use_peephole,
        **inputs,
        **dict(zip(names, outputs)),
        **output_gradients,
    )
    (FOLDER / f"block-lstm{'-peepholes' if use_peephole else ''}.json").write_text(
        json.dumps(
            {
                "framework": f"TensorFlow {tf.__version__}",
                "usePeephole": use_peephole,
                "timeSteps": STEPS,
                "batch": BATCH,
                "inputWidth": INPUTS,
                "hiddenSize": HIDDEN,
                "inputs": [numbers(inputs[name]) for name in shapes],
                "cs": numbers(outputs[1]),
                "h": numbers(outputs[6]),
                "outputGradients": [numbers(value) for value in output_gradients.values()],
                "gradients": [numbers(value) for value in gradients],
            },
            indent=1,
        )
        + "\n"
    )


FOLDER.mkdir(exist_ok=True)
for use_peephole in (False, True):
    write(use_peephole)
