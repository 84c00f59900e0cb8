/** Which Keras a Python file is written for, as far as its text gives evidence. */

/**
 * `three`: only Keras 3 has what the file uses. `legacy`: the file asks for Keras 2 or TensorFlow 1 by name or version.
 * `old`: it is written in the idioms of Keras before version 3 and may be run with either, until it fails. `open`: it does not say.
 */
export type KerasGeneration = 'three' | 'legacy' | 'old' | 'open';

const asksForLegacy =
  /\btf_keras\b|TF_USE_LEGACY_KERAS|\btf\.compat\.v1\b|\btensorflow\.compat\.v1\b|\b(?:tf|tensorflow)\.contrib\b|\btf\.(?:Session|placeholder)\(|\b(?:keras\s*[=~]=\s*[12]\.|tensorflow(?:-gpu)?\s*[=~]=\s*(?:1\.|2\.(?:\d|1[0-5])\b))/;

const asksForThree =
  /^\s*(?:from keras import (?:[\w, ]*, *)?(?:ops|random)\b|from keras\.(?:ops|random) import|import keras\.(?:ops|random)\b)|\bkeras\.(?:ops|random)\.\w+\(|\bKERAS_BACKEND\b|\bkeras\s*[=~>]=\s*3\b|\btensorflow(?:-cpu)?\s*[=~>]=\s*2\.(?:1[6-9]|[2-9]\d)\b/m;

const oldIdioms =
  /\b(?:fit_generator|predict_generator|evaluate_generator|nb_epoch|samples_per_epoch|nb_filter|np_utils|CuDNN(?:LSTM|GRU)|keras\.engine|keras\.layers\.(?:recurrent|core|embeddings|wrappers|convolutional|normalization|merge)|tensorflow_backend)\b/;

/** Read from imports, versions and calls that only one of them has. */
export function kerasGeneration(text: string): KerasGeneration {
  if (asksForLegacy.test(text)) return 'legacy';
  if (asksForThree.test(text)) return 'three';
  return oldIdioms.test(text) ? 'old' : 'open';
}
