/** What the names of TensorFlow.js' layers API mean to the evaluator, and the models that a file defines with it. */
import type { ModelGraph } from '../../../../model/graph';
import type { JavaScriptLibrary } from '../../evaluate/javascript/machine';
import { undefinedValue } from '../../evaluate/javascript/objects';
import type { Machine } from '../../evaluate/machine';
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  dictionary,
  type ForeignValue,
  noArguments,
  text,
  unknown,
  type Value,
} from '../../evaluate/values';
import { FunctionalModel } from '../keras/functionalModel';
import { KerasLibrary } from '../keras/library';
import { SequentialModel } from '../keras/sequentialModel';
import { LayerValue } from '../layer';
import { className, kerasLayerName, keywordArguments, lossText, snakeCase } from './names';

/** Packages of TensorFlow.js, for browsers and Node alike, and addresses that serve one. */
const packages =
  /^(?:.*[/@])?(?:@tensorflow\/|npm:@tensorflow\/)?tfjs(?:-node|-node-gpu|-layers|-core|-react-native)?(?:@[\w.-]+)?(?:\/[\w./+-]*?)?(?=\.[A-Za-z]|$)/;

export class TfjsLibrary implements JavaScriptLibrary {
  private readonly keras = new KerasLibrary();
  /** Every model, whichever way of a condition made it; a way that was taken back left it empty. */
  private readonly constructed: Value[] = [];
  private readonly layers: LayerValue[] = [];
  /** Whether any layer, and whether any model, was said not to be trained. */
  private readonly frozen = new Set<'layer' | 'model'>();

  canonicalPath(path: string): string | undefined {
    if (!path.includes('tfjs')) return undefined;
    const found = packages.exec(path);
    return found === null ? undefined : `tf${path.slice(found[0].length)}`;
  }

  call(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    switch (path) {
      case 'tf.sequential':
      case 'tf.Sequential':
        return this.model('keras.models.Sequential', keywordArguments(parameters), site);
      case 'tf.model':
      case 'tf.LayersModel':
        return this.model('keras.models.Model', keywordArguments(parameters), site);
      case 'tf.input':
      case 'tf.Input':
      case 'tf.layers.input':
        return this.keras.call('keras.layers.Input', keywordArguments(parameters), site);
      case 'tf.tidy':
        return tidied(parameters, site);
      default:
        return path.startsWith('tf.layers.')
          ? this.layer(path.slice('tf.layers.'.length), parameters, site)
          : undefined;
    }
  }

  private model(path: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const model = this.keras.call(path, parameters, site);
    if (model === undefined) return undefined;
    if (model instanceof SequentialModel) site.machine.heap.born(model.stack);
    this.constructed.push(model);
    return model;
  }

  private layer(name: string, parameters: CallArguments, site: CallSite): Value | undefined {
    const given = keywordArguments(parameters);
    const refusal = refused(name, given, site);
    if (refusal !== undefined) return unknown(refusal, null, site.machine.locate(site.span));
    const layer = this.keras.call(`keras.layers.${className(name)}`, withDefaults(name, given), site);
    if (layer instanceof LayerValue) this.layers.push(layer);
    const trainable = given.keywords.get('trainable');
    if (trainable !== undefined && site.machine.truth(trainable) !== true) this.frozen.add('layer');
    return layer;
  }

  /**
   * A model that is not trained counts none of its arrays, whatever its layers say, and the other way round; Keras, whose layers
   * these are, asks the arrays alone. So what is trained again while something around it or inside of it is not is left open.
   * Source: TensorFlow.js 4, tfjs-layers engine/container.ts, `trainableWeights`.
   */
  assigned(object: ForeignValue, name: string, value: Value, site: CallSite): Value | undefined {
    const isLayer = object instanceof LayerValue;
    if (name !== 'trainable' || !(isLayer || isModelValue(object))) return undefined;
    if (site.machine.truth(value) === false) {
      this.frozen.add(isLayer ? 'layer' : 'model');
      return undefined;
    }
    if (!this.frozen.has(isLayer ? 'model' : 'layer')) return undefined;
    return unknown('what is not trained around or inside of it decides', null, site.machine.locate(site.span));
  }

  /** `model.layers[i].trainable = false`, where which layer that is is not known. */
  assignedToUnknown(name: string | undefined, _value: Value, site: CallSite): void {
    if (name !== 'trainable') return;
    const open = unknown('which layers are trained is not known', null, site.machine.locate(site.span));
    for (const layer of this.layers) layer.setAttribute(name, open, site);
  }

  member(object: ForeignValue, name: string, site: CallSite): Value | undefined {
    const isModel = isModelValue(object);
    if (!isModel && !(object instanceof LayerValue)) return undefined;
    switch (name) {
      case 'apply':
        return builtin('apply', ({ positional: [input = undefinedValue, options], isOpen }, at) => {
          const { keywords } = keywordArguments({
            positional: [options ?? undefinedValue],
            keywords: new Map(),
            isOpen,
          });
          return object.call({ positional: [input], keywords, isOpen }, at);
        });
      case 'getLayer':
        return isModel ? layerGetter(object, site) : undefined;
      case 'compile':
        return isModel ? compiled(object, site) : undefined;
      case 'output':
        return object instanceof FunctionalModel && object.outputs.length === 1 ? object.outputs[0] : undefined;
      default:
        return undefined;
    }
  }

  /** A graph for every model that was constructed. */
  models(machine: Machine): ModelGraph[] {
    return this.constructed
      .flatMap((model) => this.keras.graphsOf(machine, model))
      .map((graph) => ({ ...graph, framework: 'tfjs' }));
  }
}

function isModelValue(object: ForeignValue): object is SequentialModel | FunctionalModel {
  return object instanceof SequentialModel || object instanceof FunctionalModel;
}

/** What TensorFlow.js refuses or computes otherwise than Keras, so that Keras' count would be a wrong one. */
function refused(name: string, { keywords }: CallArguments, site: CallSite): string | undefined {
  const resetAfter = keywords.get('reset_after');
  if ((name === 'gru' || name === 'gruCell') && resetAfter !== undefined && site.machine.truth(resetAfter) !== false) {
    return 'TensorFlow.js has no GRU with resetAfter: true';
  }
  return undefined;
}

/** Layers with gates that are on a scale of their own unless told otherwise. */
const gated: ReadonlySet<string> = new Set(['lstm', 'lstmCell', 'gru', 'gruCell', 'convLstm2d', 'convLstm2dCell']);

/**
 * The arguments with TensorFlow.js' defaults where they are not Keras'. Source: TensorFlow.js 4, tfjs-layers
 * layers/recurrent.ts: gates default to `hardSigmoid`, a GRU has one bias vector per gate.
 */
function withDefaults(name: string, given: CallArguments): CallArguments {
  const keywords = new Map(given.keywords);
  if (gated.has(name) && !given.isOpen && !keywords.has('recurrent_activation')) {
    keywords.set('recurrent_activation', text('hardSigmoid'));
  }
  if (name === 'gru' || name === 'gruCell') keywords.set('reset_after', boolean(false));
  // Only `dense` and `embedding` read it; elsewhere it is not the width of the input.
  if (name !== 'dense' && name !== 'embedding') keywords.delete('input_dim');
  for (const parameter of ['padding', 'merge_mode', 'data_format', 'interpolation']) {
    const value = keywords.get(parameter);
    if (value?.kind === 'string') keywords.set(parameter, text(snakeCase(value.value)));
  }
  return { ...given, keywords };
}

/** `tf.tidy(work)` and `tf.tidy(name, work)` give what the work gives. */
function tidied({ positional }: CallArguments, site: CallSite): Value | undefined {
  const work = positional.at(-1);
  return work && site.machine.call(work, noArguments, site);
}

/** `getLayer(name)`, `getLayer(index)` and `getLayer(null, index)`. */
function layerGetter(model: ForeignValue, site: CallSite): Value | undefined {
  const getter = model.attribute('get_layer', site);
  return (
    getter &&
    builtin('getLayer', ({ positional, isOpen }, at) => {
      const given = positional.map((value) => (value.kind === 'string' ? text(kerasLayerName(value.value)) : value));
      return at.machine.call(getter, { positional: given, keywords: new Map(), isOpen }, at);
    })
  );
}

function compiled(model: ForeignValue, site: CallSite): Value {
  const compile = model.attribute('compile', site);
  return builtin('compile', (parameters, at) => {
    const loss = keywordArguments(parameters).keywords.get('loss');
    const keywords = loss === undefined ? dictionary() : dictionary([{ key: text('loss'), value: lossText(loss) }]);
    const named = new Map([...keywords.entries.values()].map(({ value }) => ['loss', value] as const));
    if (compile !== undefined) at.machine.call(compile, { positional: [], keywords: named, isOpen: false }, at);
    return undefinedValue;
  });
}
