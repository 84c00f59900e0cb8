/** What Keras' tensors can do besides what all tensors can. */
import { constant } from '../../../../model/expression';
import { builtin, integer, none, text, unknown, type Value } from '../../evaluate/values';
import { shapeValue, type TensorDialect, type TensorValue } from '../tensor';

export const kerasDialect: TensorDialect = {
  attribute: (tensor, name, site) => {
    switch (name) {
      case 'shape':
      case '_keras_shape':
        return shapeValue(tensor);
      case 'get_shape':
        return builtin(name, () => shapeValue(tensor));
      case 'dtype':
        return text(tensor.type.element === 'integer' ? 'int32' : 'float32');
      case 'ndim':
        return rankValue(tensor);
      case 'set_shape':
        return builtin(name, () => none);
      default:
        return unknown(`${name} of a tensor`, null, site.machine.locate(site.span));
    }
  },
};

export function rankValue(tensor: TensorValue): Value {
  return tensor.axes === undefined ? unknown('the number of axes is not known') : integer(constant(tensor.axes.length));
}
