/** The evaluator on snippets whose values stand beside them: `name = …  #= value`, `?` for unknown. */
import { parser } from '@lezer/python';
import { describe, expect, test } from 'vitest';
import { PythonMachine } from '../../server/src/evaluate/python/machine';
import { describe as describeValue, type Value } from '../../server/src/evaluate/values';
import { StandardLibrary } from '../../server/src/frameworks/standard/library';
import { LineMap } from '../../server/src/syntax/lines';
import { lowerModule } from '../../server/src/syntax/python/lower';

const snippets: Readonly<Record<string, string>> = {
  arithmetic: `
a = 7 // 2 * 3 - -1  #= 10
b = 2 ** 10 % 1000  #= 24
c = int(7 / 2)  #= 3
d = 0x10 + 1_000  #= 1,016
e = 1.5 * 2  #= 3
o = 100. / 2 + 2.e1  #= 70
f = -7 // 2  #= −4
g = max(3, 9, 4) - min([2, 5])  #= 7
h = round(2.5) + round(3.5)  #= 6
i = 1 << 4 | 3  #= 19
j = 1 / 0  #= ?
k = True + True  #= 2
l = 2 ** 60  #= ?
n = 2 ** -1  #= 0.5
m = 10 ** 9 * 10 ** 9  #= ?
`,
  'texts and formatted texts': `
n = 3
a = f"rnn_{n}" + 'x' * 2  #= "rnn_3xx"
b = len("hello".upper().split("L"))  #= 3
c = f"{n:>3}"  #= ?
d = "a" "b" r"\\d"  #= "ab\\\\d"
e = sorted(set("hello"))[0]  #= "e"
f = len(set("hello"))  #= 4
g = "lstm" in ["gru", "lstm"]  #= True
`,
  'sequences and unpacking': `
a, (b, *c), d = 1, (2, 3, 4), 5
e = b * 10 + len(c)  #= 22
sizes = [8] + [16, 32]
f = sizes[-1] + sizes[0]  #= 40
g = [x * 2 for x in sizes if x > 8][0]  #= 32
h = sum(i * o for i, o in zip(sizes[:-1], sizes[1:]))  #= 640
first, *rest = sizes
i = len(rest)  #= 2
j = {"a": 1, **{"b": 2}}["b"]  #= 2
k = dict(x=1).get("y", 7)  #= 7
l = [1, 2, 3][::-1][0]  #= 3
m = {v: k for k, v in enumerate("abc")}["c"]  #= 2
n = (lambda q, r=4: q * r)(3)  #= 12
`,
  'functions, closures and defaults': `
def outer(width, *rest, scale=2, **options):
    total = width + len(rest)
    def inner():
        return total * scale + options.get("bias", 0)
    return inner
a = outer(1, 2, 3)()  #= 6
b = outer(4, scale=3, bias=1)()  #= 13
def recursive(n):
    return 1 if n <= 1 else n * recursive(n - 1)
c = recursive(5)  #= 120
def forever(n):
    return forever(n)
d = forever(1)  #= ?
counter = 0
def bump():
    global counter
    counter += 5
bump()
bump()
e = counter  #= 10
`,
  'classes, inheritance and properties': `
class Base:
    factor = 3
    def __init__(self, size):
        self.size = size
    @property
    def scaled(self):
        return self.size * self.factor
    @staticmethod
    def twice(x):
        return 2 * x
class Derived(Base):
    factor = 5
    def __init__(self):
        super().__init__(4)
        self.extra = self.twice(self.scaled)
a = Derived().extra  #= 40
b = Base(2).scaled  #= 6
c = Derived.factor  #= 5
d = isinstance(Derived(), Derived)  #= True
`,
  'conditions that are known': `
if 3 > 2 and not 0:
    a = 1  #= 1
else:
    a = 2
kind = "gru"
match kind:
    case "lstm" | "rnn":
        b = 1
    case "gru":
        b = 2
    case _:
        b = 3
c = b  #= 2
d = 5 if None else 6  #= 6
x = None
e = x is None  #= True
`,
  'conditions that are not known': `
if flag:
    a = 1
    b = 2
    d = [1, 2]
else:
    a = 1
    b = 3
    d = [1]
c = a  #= 1
e = b  #= ?
f = len(d)  #= ?
g = 4 if flag else 4  #= 4
def choose():
    if flag:
        raise ValueError("no")
    return 8
h = choose()  #= 8
def either():
    if flag:
        return 1
    return 2
i = either()  #= ?
`,
  loops: `
total = 0
for i in range(4):
    if i == 2:
        continue
    total += i
a = total  #= 4
n = 0
while n < 10:
    n += 3
b = n  #= 12
layers = []
for size in (1, 2, 3):
    if unknown_stop:
        break
    layers.append(size)
c = layers[0]  #= ?
count = 0
for item in unknown_items:
    count += 1
d = count  #= ?
steps = 0
for _ in range(1000000):
    steps += 1
e = steps  #= ?
while True:
    pass
f = 6  #= 6
`,
  'names of unknown sizes': `
a = hidden_size * 2 + 1  #= 2·hidden_size + 1
b = args.width // 2  #= ⌊width/2⌋
c = int(config["units"] / 2)  #= ⌊units/2⌋
vocabulary = load()
d = vocabulary + 1  #= vocabulary + 1
e = (a - 1) // 2  #= hidden_size
f = hidden_size > 0  #= ?
`,
  'data classes, named tuples and enumerations': `
from collections import namedtuple
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple
import attr
@dataclass
class Base:
    width: int = 8
    sizes: list = field(default_factory=lambda: [1, 2, 3])
@dataclass(frozen=True)
class Config(Base):
    layers: int = field(default=2)
    hidden: int = None
    def __post_init__(self):
        self.hidden = self.hidden or self.width * 2
    @property
    def total(self):
        return self.layers * self.hidden
a = Config().total  #= 32
b = Config(3, layers=4).total  #= 24
c = len(Config().sizes)  #= 3
Point = namedtuple("Point", "x y")
p, q = Point(3, y=4)
d = p * q + Point(5, 6).x  #= 17
class Pair(NamedTuple):
    left: int
    right: int = 9
e = Pair(1).right  #= 9
class Kind(Enum):
    GRU = 3
    LSTM = 4
f = Kind.LSTM.value + (1 if Kind.GRU != Kind.LSTM else 0)  #= 5
@attr.s
class Old:
    units = attr.ib(default=6)
g = Old().units  #= 6
h = Config(width=args_width).hidden  #= 2·args_width
`,
  'where configurations come from': `
import argparse, json, os
from types import SimpleNamespace
parser = argparse.ArgumentParser(description="x")
group = parser.add_argument_group("model")
group.add_argument("--hidden-size", "-s", type=int, default=128)
group.add_argument("--bidirectional", action="store_true")
parser.add_argument("--width", dest="units", type=int, default="64")
parser.add_argument("vocabulary", type=int)
args = parser.parse_args()
a = args.hidden_size * (2 if args.bidirectional else 1)  #= 128
b = args.units + 1  #= 65
c = args.vocabulary + 1  #= vocabulary + 1
d = int(os.environ.get("LAYERS", "3"))  #= 3
e = SimpleNamespace(hidden=5).hidden  #= 5
f = json.loads('{"model": {"sizes": [4, 8]}}')["model"]["sizes"][1]  #= 8
`,
  'characters of module string': `
import string
a = len(string.printable)  #= 100
from string import ascii_letters as letters, punctuation
b = len(letters + " .,;'")  #= 57
c = len(punctuation)  #= 32
`,
  'builtins by their portable names': `
from six.moves import range, zip
a = sum(range(4))  #= 6
b = [x * y for x, y in zip([2], [3])][0]  #= 6
`,
  'broken code': `
a = 1  #= 1
def f(:
    return
b = = 3
c = 4  #= 4
`,
};

function valueText(value: Value | undefined): string {
  return value === undefined || (value.kind === 'unknown' && value.name === null) ? '?' : describeValue(value);
}

describe.each(Object.entries(snippets))('%s', (_, source) => {
  const lines = new LineMap('snippet.py', source);
  const module = lowerModule(parser.parse(source), source);
  const machine = new PythonMachine({
    source: { file: 'snippet.py', text: source, lines, module },
    workspace: null,
    libraries: [new StandardLibrary()],
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
    // What is not known is named after the variable it is bound to, and is never a number.
    else expect(value?.kind).toBe('unknown');
  });
});
