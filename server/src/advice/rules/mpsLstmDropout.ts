/** Rule: dropout between stacked LSTM layers on Apple's MPS, whose backward pass forgets it. */
import { integerOf } from '../../../../model/expression';
import type { Layer } from '../../../../model/graph';
import type { FileAnalysis } from '../../analysis';
import type { Rule } from '../rule';

export const mpsLstmDropout: Rule = {
  code: 'mps-lstm-dropout',
  severity: 'warning',
  frameworks: ['torch'],
  documentation: {
    title: 'Stacked LSTM with dropout on MPS',
    whatItDoes:
      'Looks for `nn.LSTM` with two or more layers and a `dropout` above zero in a file that uses the device `"mps"`.',
    whyIsThisBad:
      'The backward pass of PyTorch’s LSTM on MPS ignores the dropout between the layers: gradients are wrong, and nothing ' +
      'says so. Measured in the thread: 98% relative error of the gradient of the input. Releases up to 2.13 have the mistake.',
    example: '```python\ndevice = "mps"\nlstm = nn.LSTM(64, 128, num_layers=2, dropout=0.3).to(device)\n```',
    useInstead:
      '```python\nfirst = nn.LSTM(64, 128).to(device)\ndropout = nn.Dropout(0.3)\nsecond = nn.LSTM(128, 128).to(device)\n```\n' +
      'Or train on another device.',
    fixSafety: 'No fix: parameters would change their names, and saved models could not be loaded.',
    references: ['https://github.com/pytorch/pytorch/issues/190056', 'https://github.com/pytorch/pytorch/pull/190059'],
  },
  check: (analysis) => {
    const layers = analysis.models.flatMap((model) => model.layers).filter(dropsBetweenLayers);
    if (layers.length === 0 || !usesMps(analysis)) return [];
    return layers.map((layer) => ({
      location: layer.coreLocation,
      message:
        'On MPS the gradients of a stacked LSTM with dropout are wrong (PyTorch up to 2.13): put nn.Dropout between single ' +
        'layers, or train on another device.',
      fix: null,
    }));
  },
};

/** A text `"mps"` or `"mps:0"`; asking whether MPS is there is no use of it. */
function usesMps({ text, tree }: FileAnalysis): boolean {
  for (const { index } of text.matchAll(/["']mps(?::0)?["']/g)) {
    if (tree.resolveInner(index, 1).name === 'String') return true;
  }
  return false;
}

function dropsBetweenLayers({ operation }: Layer): boolean {
  if (operation.op !== 'recurrent' || operation.cell !== 'lstm' || (operation.dropout ?? 0) === 0) return false;
  const count = operation.layers.kind === 'known' ? integerOf(operation.layers.value) : undefined;
  return count !== undefined && count > 1;
}
