/**
 * TensorFlow.js as this project sees it: types alone, and what tfjs-node's backend has beyond them. The package is never part of
 * the product; whoever wants to train through it installs it, and `load.ts` finds it.
 */
import type * as tensorflow from '@tensorflow/tfjs';

export type TensorFlow = typeof tensorflow;
export type {
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  TensorInfo,
  Variable,
} from '@tensorflow/tfjs';

/** An attribute of an operation of TensorFlow's C API. */
export interface OperationAttribute {
  readonly name: string;
  /** One of the binding's `TF_ATTR_…`. */
  readonly type: number;
  readonly value: number | boolean | string;
}

/** Numbers that TensorFlow's C headers (`tf_attrtype.h`, `tf_datatype.h`) have for what the fused operations are told. */
export interface TensorFlowConstants {
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_FLOAT: number;
}

/**
 * The public members of tfjs-node's `NodeJSKernelBackend` (4.22, `src/nodejs_kernel_backend.ts`) through which any operation of
 * TensorFlow can be executed, whether or not TensorFlow.js has a function for it.
 */
export interface NodeKernelBackend {
  readonly binding: TensorFlowConstants;
  /** Whether it found a CUDA device when it was loaded. */
  readonly isUsingGpuDevice: boolean;
  /** Throws where an output is of a type that TensorFlow.js does not know, such as the 8-bit integers of `CudnnRNNV3`. */
  executeMultipleOutputs(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly tensorflow.TensorInfo[],
    outputCount: number,
  ): tensorflow.Tensor[];
  /** `int64` is a type that only this backend has: pairs of 32-bit numbers, the lower one first. */
  write(values: Int32Array, shape: number[], type: 'int64'): object;
  disposeData(dataId: object): boolean;
}

/** The backend that is set, where it is tfjs-node's; null for another. */
export function nodeKernelBackend(tf: TensorFlow): NodeKernelBackend | null {
  const backend: unknown = tf.backend();
  return isNodeKernelBackend(backend) ? backend : null;
}

function isNodeKernelBackend(backend: unknown): backend is NodeKernelBackend {
  return (
    typeof backend === 'object' &&
    backend !== null &&
    'executeMultipleOutputs' in backend &&
    typeof backend.executeMultipleOutputs === 'function' &&
    'isUsingGpuDevice' in backend &&
    typeof backend.isUsingGpuDevice === 'boolean' &&
    'binding' in backend &&
    typeof backend.binding === 'object'
  );
}
