/**
 * Where sizes come from besides the program's own text: Python's standard library, configuration files and the libraries that
 * hold them. Snippets with their values beside them, `name = …  #= value`, `?` for unknown; files of the workspace by path.
 */
import { parser } from '@lezer/python';
import { describe, expect, test } from 'vitest';
import { PythonMachine } from '../../server/src/evaluate/python/machine';
import { describe as describeValue, type Value } from '../../server/src/evaluate/values';
import { StandardLibrary } from '../../server/src/frameworks/standard/library';
import { LineMap } from '../../server/src/syntax/lines';
import { lowerModule } from '../../server/src/syntax/python/lower';
import type { Workspace } from '../../server/src/workspace';

const files: Readonly<Record<string, string>> = {
  'project/src/config.yaml': `
model: &base
  hidden_size: 256
  layers: [1, 2, 3]
  rate: 1.5e-3
  bidirectional: yes
  name: gru
big:
  <<: *base
  hidden_size: 1_024
"8": eight
`,
  'project/src/config.json': '{"hidden_size": 12, "model": {"layers": 2, "sizes": [4, 8]}}',
  'project/conf/model.yml': `units: 64\ninner:\n  width: \${units}\n  depth: ???\n`,
  'project/src/conf/config.yaml': 'defaults:\n  - model: lstm\n  - _self_\nseed: 3\nmodel:\n  layers: 2\n',
  'project/src/conf/model/lstm.yaml': 'hidden_size: 96\nlayers: 1\n',
  'project/src/conf/unclear.yaml': 'defaults:\n  - model: lstm\nmodel:\n  layers: 2\n',
  'project/src/twice.yaml': 'a: 1',
  'project/twice.yaml': 'a: 2',
  'project/src/broken.yaml': 'a: [1\nb: }',
  'project/src/cyclic.yaml': 'a: &a [1, *a]\nb: 2\n',
  'project/src/tagged.yaml': 'a: !!python/tuple [1, 2]\nb: !mine {c: 1}\nd: 3\n',
  '/elsewhere/config.json': '{"a": 1}',
};
const workspace: Workspace = { read: (path) => files[path], importersOf: () => [] };

const snippets: Readonly<Record<string, string>> = {
  'documents in the program': `
import json, yaml
config = yaml.safe_load("""
hidden: 8
sizes: [1, 2]
wide: {x: 0x10, y: 1_0, z: 1.0}
""")
b = config["hidden"] + config["sizes"][1]  #= 10
c = config["wide"]["x"] + config["wide"]["y"]  #= 26
d = config["wide"]["z"]  #= 1
e = json.loads('{"a": {"b": [3]}}')["a"]["b"][0]  #= 3
f = json.loads("{broken")  #= ?
g = yaml.load("a: 4", Loader=yaml.FullLoader)["a"]  #= 4
h = yaml.safe_load("a: 1\\n---\\nb: 2")  #= ?
`,
  'documents beside the program': `
import json, os, yaml
from pathlib import Path
from types import SimpleNamespace
hooked = json.load(open("config.json"), object_hook=lambda d: SimpleNamespace(**d))
s = hooked.model.sizes[0] * hooked.model.layers  #= 8
t = json.load(open("config.json"), object_pairs_hook=pairs)["rows"]  #= rows
with open("config.yaml") as file:
    config = yaml.safe_load(file)
a = config["model"]["hidden_size"]  #= 256
b = config["big"]["hidden_size"] + len(config["big"]["layers"])  #= 1,027
c = 2 if config["model"]["bidirectional"] else 1  #= 2
d = json.load(open("config.json"))["model"]["sizes"][-1]  #= 8
e = json.loads(Path("config.json").read_text())["hidden_size"]  #= 12
f = json.load(open(os.path.join(os.path.dirname(__file__), "config.json"), "r"))["hidden_size"]  #= 12
g = yaml.safe_load((Path(__file__).resolve().parent.parent / "conf" / "model.yml").open())["units"]  #= 64
h = yaml.safe_load(Path(__file__).parents[1].joinpath("conf/model.yml").read_text())["units"]  #= 64
i = yaml.safe_load(open("conf/model.yml"))["units"]  #= 64
j = yaml.safe_load(open("twice.yaml"))["a"]  #= a
k = yaml.safe_load(open("missing.yaml"))["hidden"]  #= hidden
l = yaml.safe_load(open("broken.yaml"))["b"]  #= b
m = json.load(open("/elsewhere/config.json"))["width"]  #= width
n = json.load(open("config.json", "w"))["height"]  #= height
tagged = yaml.safe_load(open("tagged.yaml"))
o = len(tagged["a"]) + tagged["d"]  #= 5
p = tagged["b"]["c"]  #= c
r = yaml.safe_load(open("cyclic.yaml"))["depth"]  #= depth
with Path("config.json").open() as file:
    q = json.load(file)["hidden_size"]  #= 12
`,
  OmegaConf: `
from omegaconf import OmegaConf
config = OmegaConf.load("conf/model.yml")
a = config.units  #= 64
b = config.inner.width  #= 64
c = config.inner.depth  #= depth
base = OmegaConf.create({"hidden": 4, "model": {"layers": 2, "size": "\${hidden}"}})
d = base.model.size * base.model.layers  #= 8
merged = OmegaConf.merge(base, {"model": {"layers": 5}}, OmegaConf.create("extra: 7"))
e = merged.model.layers + merged.extra + merged["hidden"]  #= 16
f = base.model.layers  #= 2
g = OmegaConf.to_container(merged)["model"]["layers"]  #= 5
h = OmegaConf.from_cli().width  #= width
i = OmegaConf.merge(base, OmegaConf.from_cli()).model.layers  #= 2
j = OmegaConf.merge(base, load()).hidden  #= hidden
`,
  Hydra: `
import hydra
@hydra.main(config_path="conf", config_name="config")
def main(cfg):
    global a, b, c
    a = cfg.model.hidden_size
    b = cfg.model.layers + cfg.seed
    c = cfg.nothing
main()
d = a  #= 96
e = b  #= 5
f = c  #= nothing
@hydra.main(config_path="conf", config_name="unclear")
def other(cfg):
    global g
    g = cfg.model.layers
other()
h = g  #= layers
`,
  'attribute dictionaries': `
from addict import Dict
from box import Box
from easydict import EasyDict as edict
import ml_collections
from yacs.config import CfgNode as CN
from types import SimpleNamespace
from argparse import Namespace
a = edict({"hidden": 8, "model": {"layers": [{"n": 2}]}}).model.layers[0].n  #= 2
box = Box(hidden=3)
box.wide = box.hidden * 2
b = box["wide"]  #= 6
config = ml_collections.ConfigDict()
config.model = ml_collections.ConfigDict()
config.model.hidden = 16
with config.unlocked():
    config.model.layers = 2
config.update({"model": {"layers": 3}})
c = config.model.hidden * config.model.layers  #= 48
cfg = CN()
cfg.MODEL = CN()
cfg.MODEL.HIDDEN = 5
other = cfg.clone()
other.MODEL.HIDDEN = 7
d = cfg.MODEL.HIDDEN  #= 5
cfg.merge_from_file(path)
e = cfg.MODEL.HIDDEN  #= HIDDEN
f = SimpleNamespace(**{"hidden": 9}).hidden  #= 9
g = Namespace(**Dict(hidden=4)).hidden  #= 4
h = "hidden" in box and box.get("nothing", 11)  #= 11
i = len(Dict(a=1, b=2))  #= 2
def size(hidden, wide):
    return hidden + wide
j = size(**box)  #= 9
k = edict().nothing  #= nothing
l = sum(v for k, v in box.items())  #= 9
`,
  records: `
import attr, dataclasses, typing
from dataclasses import dataclass, field
from typing import NamedTuple
from collections import namedtuple
from pydantic import BaseModel
@dataclass
class Inner:
    layers: int = 2
@dataclass
class Config:
    hidden: int = 8
    total: int = field(init=False)
    inner: Inner = field(default_factory=Inner)
    sizes: list = field(default_factory=lambda: [1])
    def __post_init__(self):
        self.total = self.hidden * 2
a = dataclasses.replace(Config(), hidden=5).total  #= 10
b = dataclasses.asdict(Config())["inner"]["layers"]  #= 2
c = Config(3, Inner(4)).inner.layers  #= 4
first, second = Config(), Config()
first.sizes.append(2)
d = len(second.sizes)  #= 1
Point = namedtuple("Point", ["x", "y"], defaults=[7])
e = Point(1).y + Point(1)._replace(x=3).x  #= 10
f = Point(2)._asdict()["x"]  #= 2
class Settings(BaseModel):
    hidden: int = 8
    layers: int = 1
g = Settings(**{"hidden": 6}).model_copy(update={"layers": 2}).layers  #= 2
h = Settings().model_dump()["hidden"]  #= 8
class Pair(NamedTuple):
    left: int
    right: int = 3
i = sum(Pair(1))  #= 4
@attr.s(auto_attribs=True)
class Old:
    n: int = 5
j = attr.evolve(Old(), n=6).n  #= 6
@dataclass
class Marked:
    kind: typing.ClassVar[int] = 7
    hidden: int = 8
k = Marked(3).hidden * Marked.kind  #= 21
`,
  'functools, itertools and operator': `
from functools import partial, reduce
import itertools, operator
from itertools import chain, pairwise, product, repeat, accumulate
def size(a, b, c=1):
    return a * 100 + b * 10 + c
a = partial(size, 1, c=4)(2)  #= 124
b = partial(partial(size, 1), 2)(c=3)  #= 123
c = reduce(lambda x, y: x * y, [2, 3, 4])  #= 24
d = reduce(operator.mul, (2, 3), 5)  #= 30
e = [o - i for i, o in pairwise([1, 4, 9])][1]  #= 5
f = len(list(chain([1], (2, 3), "ab")))  #= 5
g = [x + y for x, y in product([1, 2], [10, 20])][2]  #= 12
h = sum(repeat(3, 4))  #= 12
i = list(accumulate([1, 2, 3]))[-1]  #= 6
j = len(list(itertools.islice(range(10), 2, 8, 3)))  #= 2
k = list(chain.from_iterable([[1], [2, 3]]))[2]  #= 3
l = operator.floordiv(hidden, 2)  #= ⌊hidden/2⌋
m = len(list(itertools.product("ab", repeat=3)))  #= 8
n = list(itertools.zip_longest([1, 2], [3], fillvalue=0))[1][1]  #= 0
o = reduce(operator.add, stuff)  #= ?
`,
  math: `
import math
hidden = load()
a = math.ceil(hidden / 2)  #= ⌊(hidden + 1)/2⌋
b = math.floor(hidden / 4)  #= ⌊hidden/4⌋
c = math.gcd(12, 18) + math.isqrt(17)  #= 10
d = math.prod([2, 3, hidden])  #= 6·hidden
e = int(math.sqrt(64)) + math.comb(4, 2) + math.factorial(4)  #= 38
f = math.ceil(7 / 2) + math.lcm(4, 6)  #= 16
g = math.log(8, 2)  #= ?
h = 2 ** math.ceil(math.log2(100))  #= 128
`,
  collections: `
from collections import OrderedDict, defaultdict, deque, Counter
counts = defaultdict(int)
for c in "hello":
    counts[c] += 1
a = counts["l"] + len(counts)  #= 6
groups = defaultdict(list, {"x": [1]})
groups["x"].append(2)
groups["y"].append(3)
b = len(groups["x"]) + len(groups["y"])  #= 3
c = OrderedDict([("a", 4), ("b", 5)])["b"]  #= 5
d = len(Counter("hello")) + Counter("hello")["l"] + Counter("a")["z"]  #= 6
queue = deque([1, 2])
queue.append(3)
e = len(queue)  #= 3
f = len(deque([1, 2, 3], maxlen=2))  #= ?
tally = Counter("aab")
tally.most_common(1)
h = len(tally)  #= 2
tally.update("abc")
i = tally["a"]  #= ?
vocabulary = {w: i for i, w in enumerate(Counter("to be or not to be".split()))}
g = len(vocabulary)  #= 4
`,
  'the environment': `
import os
os.environ["LAYERS"] = "3"
a = int(os.environ["LAYERS"]) + int(os.environ.get("LAYERS", "9"))  #= 6
b = int(os.getenv("UNITS", "64"))  #= 64
c = int(os.environ["WIDTH"])  #= c
d = int(os.environ.setdefault("DEPTH", "4")) + int(os.getenv("DEPTH"))  #= 8
if flag:
    os.environ["LAYERS"] = "5"
e = int(os.environ["LAYERS"])  #= ?
`,
  argparse: `
import argparse
def arguments():
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument("--hidden", type=int, default=8)
    parser = argparse.ArgumentParser(parents=[parent])
    parser.add_argument("--layers", type=int, default=2)
    parser.set_defaults(layers=3, extra=4)
    commands = parser.add_subparsers(dest="command")
    train = commands.add_parser("train")
    train.add_argument("--batch", type=int, default=16)
    train.add_argument("--width", type=int, default=1)
    test = commands.add_parser("test", parents=[parent])
    test.add_argument("--batch", type=int, default=16)
    test.add_argument("--width", type=int, default=2)
    return parser.parse_known_args()
args, rest = arguments()
a = args.hidden + args.layers + args.extra  #= 15
b = args.batch  #= 16
c = args.width  #= width
d = vars(args)["hidden"]  #= 8
def build(hidden, **others):
    return hidden
e = build(**vars(args))  #= 8
second = argparse.ArgumentParser()
second.add_argument("--depth", type=int, default=2)
second.add_argument("--units", type=int, default=argparse.SUPPRESS)
second.add_argument("--rows", default="4", **options)
if flag:
    second.set_defaults(depth=3)
f = second.parse_args().depth  #= depth
g = second.parse_args().units  #= units
h = second.parse_args().rows  #= rows
third = argparse.ArgumentParser()
third.add_argument("--length", type=int, default=2)
third.set_defaults(**load())
i = third.parse_args().length  #= length
fourth = argparse.ArgumentParser()
if flag:
    fourth.add_argument("--height", default=2)
else:
    fourth.add_argument("--height", default=3)
j = fourth.parse_args().height  #= height
`,
  'absl, click and typer': `
from absl import app, flags
import click, typer
FLAGS = flags.FLAGS
flags.DEFINE_integer("hidden_size", 128, "units")
layers = flags.DEFINE_integer("layers", 2, "layers")
flags.DEFINE_integer("width", None, "width")
a = FLAGS.hidden_size * layers.value  #= 256
b = FLAGS.width  #= width
def run(argv):
    global size
    size = FLAGS.hidden_size
app.run(run)
c = size  #= 128
@click.command()
@click.option("--hidden-size", "-h", default=64, type=int)
@click.option("--both/--one", default=True)
@click.option("--depth", type=int, required=True)
def command(hidden_size, both, depth):
    global d, g
    d = hidden_size * (2 if both else 1)
    g = depth
command()
e = d  #= 128
f = g  #= depth
@click.command()
@click.option("--rows", default=4)
def given(rows):
    global l
    l = rows
given(["--rows", "5"])
m = l  #= l
program = typer.Typer()
@program.command()
def start(units: int = typer.Option(32, help="units"), name: str = "x"):
    global h
    h = units
program()
i = h  #= 32
FLAGS.set_default("layers", 5)
j = FLAGS.layers  #= 5
FLAGS.read_flags_from_files(path)
k = FLAGS.layers  #= layers
`,
  copies: `
import copy
first = {"a": [1, 2]}
shallow, deep = copy.copy(first), copy.deepcopy(first)
first["a"].append(3)
a = len(shallow["a"])  #= 3
b = len(deep["a"])  #= 2
class Config:
    def __init__(self):
        self.hidden = 4
config = Config()
other = copy.deepcopy(config)
other.hidden = 5
c = config.hidden * 10 + other.hidden  #= 45
`,
};

function valueText(value: Value | undefined): string {
  return value === undefined || (value.kind === 'unknown' && value.name === null) ? '?' : describeValue(value);
}

describe.each(Object.entries(snippets))('%s', (_, source) => {
  const file = 'project/src/snippet.py';
  const module = lowerModule(parser.parse(source), source);
  const machine = new PythonMachine({
    source: { file, text: source, lines: new LineMap(file, source), module },
    workspace,
    libraries: [new StandardLibrary(workspace, file)],
    sizes: new Map(),
  });
  machine.runMain();
  const expectations = source.split('\n').flatMap((line) => {
    const [, name, expected] = /^\s*(\w+) = .*#= (.+)$/.exec(line) ?? [];
    return name === undefined || expected === undefined ? [] : [{ name, expected }];
  });

  test.each(expectations)('$name = $expected', ({ name, expected }) => {
    const value = machine.globals.variables.get(name);
    if (expected !== '?') expect(valueText(value)).toBe(expected);
    else expect(value?.kind).toBe('unknown');
  });
});
