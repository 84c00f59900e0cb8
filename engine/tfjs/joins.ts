/** Several sequences of the same steps as one: side by side, or element by element. */
import type { Join } from '../plan/trainingPlan';
import type { Tensor3D, TensorFlow } from './tensorflow';
import type { Steps } from './values';

/** Its mask is the first that one of them has. */
export function join(tf: TensorFlow, how: Join, inputs: readonly Steps[]): Steps {
  const mask = inputs.find((input) => input.mask !== null)?.mask ?? null;
  const values = inputs.map(({ value }) => value);
  return { value: joined(tf, how, values), mask };
}

function joined(tf: TensorFlow, how: Join, values: Tensor3D[]): Tensor3D {
  switch (how) {
    case 'concat':
      return tf.concat(values, 2);
    case 'sum':
      return values.reduce((sum, value) => tf.add(sum, value));
    case 'average':
      return tf.mul(
        values.reduce((sum, value) => tf.add(sum, value)),
        1 / values.length,
      );
    case 'multiply':
      return values.reduce((product, value) => tf.mul(product, value));
  }
}
