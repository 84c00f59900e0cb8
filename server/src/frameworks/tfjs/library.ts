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
  text,
  unknown,
  type Value,
} from '../../evaluate/values';
import { KerasLibrary } from '../keras/library';
import { FunctionalModel, SequentialModel } from '../keras/models';
import { LayerValue } from '../layer';
import { className, keywordArguments, lossText, snakeCase } from './names';

/** Packages of TensorFlow.js, for browsers and Node alike, and addresses that serve one. */
const packages =
  /^(?:.*[/@])?(?:@tensorflow\/|npm:@tensorflow\/)?tfjs(?:-node|-node-gpu|-layers|-core|-react-native)?(?:@[\w.-]+)?(?:\/[\w./+-]*?)?(?=\.[A-Za-z]|$)/;

export class TfjsLibrary implements JavaScriptLibrary {
  private readonly keras = new KerasLibrary();
  /** Every model, whichever way of a condition made it; a way that was taken back left it empty. */
  private readonly constructed: Value[] = [];

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
    return this.keras.call(`keras.layers.${className(name)}`, withDefaults(name, given), site);
  }

  member(object: ForeignValue, name: string, site: CallSite): Value | undefined {
    const isModel = object instanceof SequentialModel || object instanceof FunctionalModel;
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
  return work && site.machine.call(work, { positional: [], keywords: new Map(), isOpen: false }, site);
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
