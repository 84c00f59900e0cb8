/** What is assumed of libraries that nothing here describes: what they change, and what their results may hold. */
import type { UnknownValue } from '../values';

/** `config.get("hidden")`, `vocabulary.size()`: methods of unknown objects give data, unless their name says otherwise. */
export function isLookUp({ owner, name }: UnknownValue): boolean {
  return owner !== undefined && name !== null && !/^[A-Z]|pretrained|build|make|create/.test(name);
}

/** Libraries whose results hold no trained arrays. */
export const weightlessLibraries =
  /^(builtins|numpy|np|pandas|matplotlib|seaborn|sklearn|scipy|torch\.(device|tensor|distributed|optim|cuda|backends|utils|manual_seed|set_|get_)|tqdm|wandb|nltk|PIL|cv2|os|sys|re|json|yaml|pickle|csv|io|time|datetime|math|cmath|random|statistics|string|collections|itertools|operator|logging|warnings|pathlib|shutil|argparse|typing|types|inspect|urllib|requests|zipfile|tarfile|glob|hashlib|multiprocessing|threading)\b/;

/** Libraries that do not change the lists, dictionaries and models they are given. */
export const inertLibraries =
  /^(builtins|numpy|np|pandas|matplotlib|seaborn|sklearn|scipy|torch|torchtext|torchvision|torchaudio|torchinfo|torchsummary|tensorflow|keras|tf_keras|jax|flax|optax|pytorch_lightning|lightning|transformers|datasets|tqdm|wandb|nltk|PIL|cv2|os|sys|re|json|yaml|pickle|csv|io|time|datetime|math|cmath|random|statistics|string|copy|collections|itertools|functools|operator|logging|warnings|pathlib|shutil|argparse|typing|types|inspect|urllib|requests|zipfile|tarfile|glob|hashlib|multiprocessing|threading)\b/;

/** Libraries whose classes give their subclasses no layers. */
export const harmlessBases = /^(builtins|abc|typing|typing_extensions|enum|collections|pydantic|pydantic_settings)\b/;
