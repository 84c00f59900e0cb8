/** The text of a PyTorch module, for fixtures that differ in a few lines. */

/** @param forward the body of `forward`; lines that begin with `#` are marks and stand where they are */
export function torchModule(layers: readonly string[], forward: readonly string[], parameters = 'x'): string {
  return `import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
${layers.map(indented).join('\n')}

    def forward(self, ${parameters}):
${forward.map(indented).join('\n')}
`;
}

function indented(line: string): string {
  return line.startsWith('#') ? line : `        ${line}`;
}

/** A mark for `torchModule` under a part of a line that stands above it. */
export function mark(line: string, part: string, code: string): string {
  return `#${' '.repeat(7 + line.indexOf(part))}${'^'.repeat(part.length)} ${code}`;
}
