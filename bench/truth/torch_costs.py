"""Writes what the programs of test/fixtures/torch_costs.txt cost by PyTorch itself and by the tools that count its models.

    python -m venv <folder> && <folder>/bin/pip install torch numpy torchinfo thop ptflops fvcore calflops
    <folder>/bin/python bench/truth/torch_costs.py

Each program applies its `model` once, to a batch of two. Written to test/fixtures/torch_costs.json, per program:

- `tensors`: name, shape and whether it is trained, of every parameter;
- `macs`: half of what FlopCounterMode counts for one sequence, with every LSTM taken apart into its products;
- `savedBytes`: what autograd keeps for one sequence, beside parameters and indices, each storage once, with every LSTM taken
  apart: the one kernel that oneDNN has for it on a CPU keeps almost three times as much;
- `optimiserBytes`: the state after one step, beside step counters;
- `tools`: what each tool gives for the recurrent layers, for one sequence: null where it fails.
"""

import contextlib
import io
import json
import logging
import pathlib
import re
import sys
import types
import warnings

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence
from torch.utils.flop_counter import FlopCounterMode

FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures"
BATCH = 2


def run(source):
    """The model of a program and the arguments of its one application."""
    calls = []
    original = nn.Module.__call__

    def recorded(module, *args, **kwargs):
        if type(module).__module__ == "program" and not calls:
            calls.append((args, kwargs))
        return original(module, *args, **kwargs)

    module = types.ModuleType("program")
    module.__dict__["__name__"] = "program"
    nn.Module.__call__ = recorded
    try:
        exec(compile(source, "program.py", "exec"), module.__dict__)
    except (NotImplementedError, RuntimeError):
        # Some programs give a model in a number format that not every operator has: its arguments are known by then.
        if not calls:
            raise
    finally:
        nn.Module.__call__ = original
    return module.model, calls[0][0]


def flops_of(model, args):
    with torch.backends.mkldnn.flags(enabled=False), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(*args)
    return counter.get_total_flops()


def saved_bytes(model, args):
    """Storages that backpropagation keeps, in bytes; parameters and indices are left out."""
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept = {}

    def pack(tensor):
        storage = tensor.untyped_storage()
        if tensor.dtype != torch.int64 and storage.data_ptr() not in own:
            kept[storage.data_ptr()] = (storage.nbytes(), storage)
        return tensor

    with torch.backends.mkldnn.flags(enabled=False), torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = model(*args)
    del result
    return sum(size for size, _ in kept.values())


def optimiser_bytes(model, args):
    makers = {
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
        "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
        "rmsprop": lambda p: torch.optim.RMSprop(p),
        "adam": lambda p: torch.optim.Adam(p),
    }
    result = {}
    for name, make in makers.items():
        parameters = [p for p in model.parameters() if p.requires_grad]
        for p in parameters:
            p.grad = torch.zeros_like(p)
        optimiser = make(parameters)
        optimiser.step()
        values = [v for state in optimiser.state.values() for k, v in state.items() if k != "step" and v is not None]
        result[name] = sum(v.numel() * v.element_size() for v in values if isinstance(v, torch.Tensor))
    return result


class OnlyRecurrent(nn.Module):
    """One application of a recurrent layer, to one sequence."""

    def __init__(self, rnn, state, lengths):
        super().__init__()
        self.rnn, self.state, self.lengths = rnn, state, lengths

    def forward(self, x):
        if self.lengths is not None:
            x = pack_padded_sequence(x, self.lengths, batch_first=self.rnn.batch_first)
        return self.rnn(x, self.state)[0]


def recurrent_calls(model, args):
    """Each application of a recurrent layer, cut down to one sequence."""
    found = []

    def hook(module, inputs):
        x, state = inputs[0], inputs[1] if len(inputs) > 1 else None
        lengths = None
        if isinstance(x, PackedSequence):
            steps = x.batch_sizes.numel()
            x = torch.zeros((1, steps, x.data.size(1)) if module.batch_first else (steps, 1, x.data.size(1)))
            lengths = torch.tensor([steps])
        elif x.dim() == 3:
            # Where each step holds a sequence itself, several go with one sequence of the model.
            x = x[: x.size(0) // BATCH] if module.batch_first else x[:, : x.size(1) // BATCH]
        cut = lambda s: s[:, : s.size(1) // BATCH].contiguous() if s.dim() == 3 else s
        if state is not None:
            state = tuple(map(cut, state)) if isinstance(state, tuple) else cut(state)
        found.append((OnlyRecurrent(module, state, lengths), x.detach().contiguous()))

    handles = [m.register_forward_pre_hook(hook) for m in model.modules() if isinstance(m, nn.RNNBase)]
    model(*args)
    for handle in handles:
        handle.remove()
    return found


def by_torchinfo(layer, x):
    from torchinfo import summary

    return summary(layer, input_data=[x], verbose=0).total_mult_adds


def by_thop(layer, x):
    from thop import profile

    return int(profile(layer, inputs=(x,), verbose=False)[0])


def by_ptflops(layer, x):
    from ptflops import get_model_complexity_info

    return int(
        get_model_complexity_info(
            layer,
            tuple(x.shape),
            input_constructor=lambda _: {"x": x},
            backend="aten",
            as_strings=False,
            print_per_layer_stat=False,
            verbose=False,
        )[0]
    )


def by_flop_counter_mode(layer, x):
    with FlopCounterMode(display=False) as counter:
        layer(x)
    return counter.get_total_flops()


def by_fvcore(layer, x):
    from fvcore.nn import FlopCountAnalysis

    return int(FlopCountAnalysis(layer, (x,)).unsupported_ops_warnings(False).uncalled_modules_warnings(False).total())


def by_deepspeed(layer, x):
    from calflops import calculate_flops

    return int(
        calculate_flops(layer, args=[x], print_results=False, print_detailed=False, output_as_string=False)[0]
    )


TOOLS = {
    "torchinfo": by_torchinfo,
    "thop": by_thop,
    "ptflops": by_ptflops,
    "flopCounterMode": by_flop_counter_mode,
    "fvcore": by_fvcore,
    "deepSpeed": by_deepspeed,
}


def tools_of(source):
    counts = {}
    for name, count in TOOLS.items():
        model, args = run(source)
        calls = recurrent_calls(model, args)
        if not calls:
            return {}
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                # thop counts a layer wrongly whose calls are counted one after another on the same hooks: copies have none.
                counts[name] = sum(count(fresh(layer), x) for layer, x in calls)
        except Exception as error:  # what a tool raises on a model that it cannot read
            print(f"  {name}: {type(error).__name__}: {str(error)[:150]}", file=sys.stderr)
            counts[name] = None
    return counts


def fresh(layer):
    """A copy of the layer as it was made, without what other tools left on it."""
    old = layer.rnn
    made = type(old)(
        old.input_size,
        old.hidden_size,
        old.num_layers,
        bias=old.bias,
        batch_first=old.batch_first,
        bidirectional=old.bidirectional,
        **({"proj_size": old.proj_size} if old.proj_size else {}),
        **({"nonlinearity": old.nonlinearity} if old.mode.startswith("RNN") else {}),
        dtype=next(old.parameters()).dtype,
    )
    state = layer.state
    if state is not None:
        state = tuple(s.detach() for s in state) if isinstance(state, tuple) else state.detach()
    return OnlyRecurrent(made, state, layer.lengths)


def main():
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    text = (FIXTURES / "torch_costs.txt").read_text()
    headings = list(re.finditer(r"^# ([^|\n]*?)(?: \| .*)?$", text, re.M))
    programs = {}
    for heading, following in zip(headings, [*headings[1:], None]):
        source = text[heading.end() : following.start() if following else None]
        model, args = run(source)
        print(heading[1], file=sys.stderr)
        sequences = 1 if "unbatched" in heading[1] else BATCH
        programs[heading[1]] = {
            "tensors": [[n, list(p.shape), p.requires_grad] for n, p in model.named_parameters()],
            "macs": flops_of(model, args) / 2 / sequences,
            "savedBytes": saved_bytes(model, args) / sequences,
            "optimiserBytes": optimiser_bytes(model, args),
            "tools": tools_of(source),
        }
    (FIXTURES / "torch_costs.json").write_text(json.dumps({"torch": torch.__version__, "programs": programs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
