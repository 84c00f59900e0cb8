/** Which of PyTorch's classes derive from which. Source: PyTorch, torch/nn/modules. */

const parents: Readonly<Record<string, string>> = {
  LSTM: 'RNNBase',
  GRU: 'RNNBase',
  RNN: 'RNNBase',
  LSTMCell: 'RNNCellBase',
  GRUCell: 'RNNCellBase',
  RNNCell: 'RNNCellBase',
  Conv1d: '_ConvNd',
  Conv2d: '_ConvNd',
  Conv3d: '_ConvNd',
  _ConvTransposeNd: '_ConvNd',
  ConvTranspose1d: '_ConvTransposeNd',
  ConvTranspose2d: '_ConvTransposeNd',
  ConvTranspose3d: '_ConvTransposeNd',
  BatchNorm1d: '_BatchNorm',
  BatchNorm2d: '_BatchNorm',
  BatchNorm3d: '_BatchNorm',
  SyncBatchNorm: '_BatchNorm',
  InstanceNorm1d: '_InstanceNorm',
  InstanceNorm2d: '_InstanceNorm',
  InstanceNorm3d: '_InstanceNorm',
  _BatchNorm: '_NormBase',
  _InstanceNorm: '_NormBase',
  Dropout: '_DropoutNd',
  Dropout1d: '_DropoutNd',
  Dropout2d: '_DropoutNd',
  Dropout3d: '_DropoutNd',
  AlphaDropout: '_DropoutNd',
  LazyLinear: 'Linear',
  LazyConv1d: 'Conv1d',
  LazyConv2d: 'Conv2d',
  LazyConv3d: 'Conv3d',
  LazyBatchNorm1d: 'BatchNorm1d',
  LazyBatchNorm2d: 'BatchNorm2d',
  LazyBatchNorm3d: 'BatchNorm3d',
};

const prefix = 'torch.nn.';

/** Whether a class is another one or derives from it; undefined where the other one is none of PyTorch's. */
export function derivesFrom(path: string, of: string): boolean | undefined {
  if (!of.startsWith('torch.')) return undefined;
  let current = path;
  while (current !== of) {
    if (current === 'torch.nn.Module' || !current.startsWith(prefix)) return false;
    if (current === 'torch.nn.Parameter') return of === 'torch.Tensor';
    const name = current.slice(prefix.length);
    current = `${prefix}${Object.hasOwn(parents, name) ? parents[name] : 'Module'}`;
  }
  return true;
}
