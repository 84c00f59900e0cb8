/** Tensors whose number of axes the library's types have lost, and which is known all the same. */
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from './tensorflow';

/** Throws an Error where it is none, as all of these do. */
export function vector(tensor: Tensor): Tensor1D {
  if (!hasOneAxis(tensor)) throw wrongRank(1, tensor);
  return tensor;
}

export function matrix(tensor: Tensor): Tensor2D {
  if (!hasTwoAxes(tensor)) throw wrongRank(2, tensor);
  return tensor;
}

export function threeAxes(tensor: Tensor): Tensor3D {
  if (!hasThreeAxes(tensor)) throw wrongRank(3, tensor);
  return tensor;
}

function hasOneAxis(tensor: Tensor): tensor is Tensor1D {
  return tensor.rank === 1;
}

function hasTwoAxes(tensor: Tensor): tensor is Tensor2D {
  return tensor.rank === 2;
}

function hasThreeAxes(tensor: Tensor): tensor is Tensor3D {
  return tensor.rank === 3;
}

function wrongRank(expected: number, { shape }: Tensor): Error {
  return new Error(`a tensor of shape [${shape.join(', ')}] has not ${expected} axes`);
}
