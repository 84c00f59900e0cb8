/** Which of Keras' classes derive from which, and what they all have. Source: Keras 3, the class statements of keras/src. */

/** The class that each derives from, of those that derive from something other than `Layer`. */
const parents: Readonly<Record<string, string>> = {
  'keras.models.Sequential': 'keras.models.Model',
  'keras.models.Functional': 'keras.models.Model',
  'keras.layers.LSTM': 'keras.layers.RNN',
  'keras.layers.GRU': 'keras.layers.RNN',
  'keras.layers.SimpleRNN': 'keras.layers.RNN',
  'keras.layers.TimeDistributed': 'keras.layers.Wrapper',
  'keras.layers.SpectralNormalization': 'keras.layers.Wrapper',
  'keras.layers.SpatialDropout1D': 'keras.layers.Dropout',
  'keras.layers.SpatialDropout2D': 'keras.layers.Dropout',
  'keras.layers.SpatialDropout3D': 'keras.layers.Dropout',
  'keras.layers.ReversibleEmbedding': 'keras.layers.Embedding',
};

/** Whether a class of Keras is another or derives from it; undefined where versions differ or it is not known. */
export function derivesFrom(path: string, of: string): boolean | undefined {
  if (path === of) return true;
  if (!/^keras\.(?:layers|models)\./.test(of)) return undefined;
  if (of === 'keras.layers.Layer') return true;
  const parent = parents[path];
  if (parent !== undefined) return derivesFrom(parent, of);
  // In Keras 2 some convolutions derive from others, and wrappers from each other.
  const isConvolution = /Conv/.test(path) && /Conv/.test(of);
  const isWrapping = of === 'keras.layers.Wrapper';
  return isConvolution || isWrapping ? undefined : false;
}

const ofAll: ReadonlySet<string> = new Set(['trainable', 'weights', 'name', 'build', 'call', 'get_config', 'dtype']);

/** Whether layers and models have an attribute, where that is the same for all of their kind. */
export function hasAttribute(kind: 'layer' | 'model', name: string): boolean | undefined {
  if (ofAll.has(name)) return true;
  return name === 'layers' || name === 'get_layer' ? kind === 'model' : undefined;
}
