/** Products with biases put together from other operations, by backends that have no kernels of their own for them. */
import { type Backend, columnsOf, type Matrix, matrixOf, type Span } from './backend';

type Parts = Pick<
  Backend,
  'broadcastRow' | 'add' | 'sumRows' | 'copyMatrix' | 'pack' | 'multiply' | 'multiplyTransposed'
>;

export function composedLinear(parts: Parts): Pick<Backend, 'linear' | 'linearGradients'> {
  return {
    linear: (left, weights, packed, biases, result) => {
      parts.pack(weights, false, packed);
      const [first, ...others] = biases;
      if (first !== undefined) {
        const firstRow = { offset: result.offset, length: result.columns };
        parts.broadcastRow(first, others.length === 0 ? result : matrixOf(firstRow, 1, result.columns));
        for (const bias of others) parts.add({ offset: result.offset, length: bias.length }, bias);
        if (others.length > 0) parts.broadcastRow(firstRow, result);
      }
      parts.multiply(left, packed, result, first !== undefined);
    },
    linearGradients: (left, right, weights, biases) => {
      parts.multiplyTransposed(left, right, weights);
      const [first, ...others] = biases;
      if (first !== undefined) parts.sumRows(right, first);
      for (const bias of others) parts.copyMatrix(columnsOf(rowOf(first ?? bias), 0, bias.length), rowOf(bias));
    },
  };
}

function rowOf(span: Span): Matrix {
  return matrixOf(span, 1, span.length);
}
