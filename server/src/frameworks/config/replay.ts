/**
 * Keras models saved as JSON (`model.to_json()`, the `config.json` of a `.keras` file, the `model.json` of TensorFlow.js).
 *
 * A configuration is what the constructors of a model were called with. It is read by making those calls again, so that
 * all that is known of Keras' layers holds for it.
 */

import { constant } from '../../../../model/expression';
import type { SourceLocation } from '../../../../model/graph';
import type { Machine } from '../../evaluate/machine';
import {
  boolean,
  builtin,
  type CallArguments,
  type CallSite,
  type DictionaryEntry,
  describe,
  dictionary,
  float,
  integer,
  list,
  none,
  text,
  unknown,
  type Value,
} from '../../evaluate/values';
import { entryOf, itemsOf, type JsonNode, type JsonSpan, textOf } from '../../syntax/json';
import { snakeCase } from '../keras/names';
import { TensorValue } from '../tensor';
import { type Application, type Argument, applicationsOf, referencesIn, type TensorReference } from './inboundNodes';

const modelClasses: ReadonlySet<string> = new Set(['Sequential', 'Functional', 'Model']);

/** The model in a document: the whole of it, or what stands under `modelTopology` or `model_config` there. */
export function configurationIn(root: JsonNode): JsonNode | undefined {
  const candidates = [root, entryOf(root, 'modelTopology'), entryOf(root, 'model_config')];
  const nested = candidates.map((node) => entryOf(node, 'model_config'));
  return [...candidates, ...nested].find((node) => {
    const className = textOf(node, 'class_name');
    return className !== undefined && modelClasses.has(className) && entryOf(node, 'config') !== undefined;
  });
}

export interface Replay {
  /** The model as the library constructed it; unknown with the reason where it could not be. */
  readonly model: Value;
  /** Offsets of the layers whose weights are not trained. */
  readonly frozen: ReadonlySet<number>;
  readonly location: SourceLocation;
}

/** Constructs the model that a configuration stands for. */
export function replay(configuration: JsonNode, machine: Machine): Replay {
  const frozen = new Set<number>();
  const model = new Builder(machine, frozen).object(configuration, true);
  return { model, frozen, location: machine.locate(nameSpan(configuration)) };
}

/** Where a layer is shown: at the name of its class. */
function nameSpan(node: JsonNode): JsonSpan {
  return entryOf(node, 'class_name') ?? node;
}

class Builder {
  constructor(
    private readonly machine: Machine,
    private readonly frozen: Set<number>,
  ) {}

  /** The model, layer or cell that `{"class_name": …, "config": …}` stands for. */
  object(node: JsonNode, isTrained: boolean): Value {
    const className = textOf(node, 'class_name');
    const config = entryOf(node, 'config');
    if (className === undefined || config === undefined) {
      const because = 'a layer of the configuration has no class_name or no config';
      return unknown(because, null, this.machine.locate(node));
    }
    const module = textOf(node, 'module');
    if (module !== undefined && /\bops\b/.test(module)) return this.operation(className, config);
    const trainable = entryOf(config, 'trainable');
    // What Keras 2 holds untrained keeps all within untrained; in Keras 3, which writes modules, constructors see to it.
    const isKept = module === undefined && trainable?.kind === 'boolean' && !trainable.value;
    const isTrainedHere = isTrained && !isKept;
    if (!isTrainedHere) this.frozen.add(nameSpan(node).from);
    if (className === 'Sequential') return this.sequential(node, config, isTrainedHere);
    if (modelClasses.has(className)) return this.functional(node, config, isTrainedHere);
    return this.construct(`keras.layers.${className}`, this.argumentsOf(className, config, isTrainedHere), node);
  }

  /** A function of tensors that the code of a functional model applied: its settings are arguments. */
  private operation(className: string, config: JsonNode): Value {
    const settings = this.argumentsOf(className, config, true);
    settings.delete('name');
    const path = `keras.ops.${snakeCase(className)}`;
    return builtin(path, (parameters, site) => {
      const [tensor, index] = parameters.positional;
      if (className === 'GetItem' && tensor instanceof TensorValue && index !== undefined) {
        return tensor.index(index.kind === 'list' ? index.items : [index], site);
      }
      const keywords = new Map([...settings, ...parameters.keywords]);
      return this.machine.call({ kind: 'library', path }, { ...parameters, keywords }, site);
    });
  }

  private construct(path: string, keywords: ReadonlyMap<string, Value>, node: JsonNode): Value {
    return this.machine.call({ kind: 'library', path }, withKeywords(keywords), this.site(node));
  }

  private site(node: JsonNode): CallSite {
    return { span: nameSpan(node), machine: this.machine };
  }

  private argumentsOf(className: string, config: JsonNode, isTrained: boolean): Map<string, Value> {
    const keywords = new Map<string, Value>();
    if (config.kind !== 'object') return keywords;
    for (const [name, value] of config.entries) keywords.set(name, this.value(value, isTrained));
    // The argument came with Keras 2.1; before it, and in TensorFlow.js, the gate is applied before the product.
    if (className === 'GRU' && !keywords.has('reset_after')) keywords.set('reset_after', boolean(false));
    // Quantised layers hold arrays of other kinds, which nothing but their policy tells.
    if (/^Quantized|PolicyMap$/.test(textOf(entryOf(config, 'dtype'), 'class_name') ?? '')) {
      keywords.set('dtype', text('quantized_from_float32'));
    }
    const [layer, backward] = [entryOf(config, 'layer'), entryOf(config, 'backward_layer')];
    if (layer !== undefined && backward !== undefined && isMirrored(layer, backward)) keywords.delete('backward_layer');
    return keywords;
  }

  private value(node: JsonNode, isTrained: boolean): Value {
    switch (node.kind) {
      case 'object': {
        if (textOf(node, 'class_name') === '__slice__') return this.slice(entryOf(node, 'config') ?? node);
        if (isLayer(node)) return this.object(node, isTrained);
        const entries = [...node.entries].map(
          ([name, value]): DictionaryEntry => ({ key: text(name), value: this.value(value, isTrained) }),
        );
        return dictionary(entries);
      }
      case 'array':
        return list(node.items.map((item) => this.value(item, isTrained)));
      case 'string':
        return text(node.value);
      case 'number':
        return Number.isSafeInteger(node.value) ? integer(constant(node.value)) : float(node.value);
      case 'boolean':
        return boolean(node.value);
      case 'null':
        return none;
      case 'invalid':
        return unknown('the configuration is broken here', null, this.machine.locate(node));
    }
  }

  private slice(config: JsonNode): Value {
    const part = (name: string): Value | null => {
      const node = entryOf(config, name);
      return node === undefined || node.kind === 'null' ? null : this.value(node, true);
    };
    return { kind: 'slice', lower: part('start'), upper: part('stop'), step: part('step') };
  }

  /** Keras before 2.2.3 wrote the layers themselves as the configuration. */
  private sequential(node: JsonNode, config: JsonNode, isTrained: boolean): Value {
    const layers = config.kind === 'array' ? config.items : itemsOf(config, 'layers');
    if (layers === undefined) return unknown('the Sequential model has no layers', null, this.machine.locate(node));
    const stack = layers.map((layer) => this.object(layer, isTrained));
    const built = entryOf(config, 'build_input_shape') ?? entryOf(entryOf(node, 'build_config'), 'input_shape');
    const [first] = layers;
    if (built?.kind === 'array' && first !== undefined && !statesInput(first)) {
      const shape = new Map([['batch_input_shape', this.value(built, true)]]);
      stack.unshift(this.construct('keras.layers.InputLayer', shape, node));
    }
    const keywords = new Map<string, Value>([['layers', list(stack)]]);
    const name = textOf(config, 'name');
    if (name !== undefined) keywords.set('name', text(name));
    return this.construct('keras.models.Sequential', keywords, node);
  }

  private functional(node: JsonNode, config: JsonNode, isTrained: boolean): Value {
    const pending: PendingApplication[] = [];
    const references = referencesIn(config);
    const outputs = new Map<string, Value>();
    for (const layer of itemsOf(config, 'layers') ?? []) {
      const name = textOf(layer, 'name') ?? textOf(entryOf(layer, 'config'), 'name') ?? '';
      if (textOf(layer, 'class_name') === 'InputLayer') {
        const keywords = this.argumentsOf('InputLayer', entryOf(layer, 'config') ?? layer, isTrained);
        outputs.set(`${name}/0`, this.construct('keras.layers.Input', keywords, layer));
        continue;
      }
      const value = this.object(layer, isTrained);
      const first = firstApplication(layer, name, references);
      applicationsOf(layer).forEach((application, index) => {
        pending.push({ key: `${name}/${first + index}`, node: layer, value, application });
      });
    }
    const left = this.applyAll(pending, outputs);
    const tensors = (name: string): readonly (Value | TensorReference)[] =>
      referencesIn(entryOf(config, name)).map((reference) => outputAt(outputs, reference) ?? reference);
    const ends = [...tensors('input_layers'), ...tensors('output_layers')];
    const missing = ends.find((end) => end.kind === 'tensor') ?? left[0] ?? ends.find((end) => end.kind === 'unknown');
    if (missing !== undefined) return this.broken(missing, node);
    const keywords = new Map<string, Value>([
      ['inputs', list(tensors('input_layers').filter(isValue))],
      ['outputs', list(tensors('output_layers').filter(isValue))],
    ]);
    const name = textOf(config, 'name');
    if (name !== undefined) keywords.set('name', text(name));
    const trainable = entryOf(config, 'trainable');
    if (trainable?.kind === 'boolean') keywords.set('trainable', boolean(trainable.value));
    return this.construct('keras.models.Model', keywords, node);
  }

  private broken(missing: Value | TensorReference | PendingApplication, node: JsonNode): Value {
    if ('application' in missing) {
      return unknown(
        `what ${missing.key.replace(/\/\d+$/, '')} is applied to is not in the configuration`,
        null,
        this.machine.locate(nameSpan(missing.node)),
      );
    }
    if (missing.kind === 'tensor') {
      return unknown(
        `the configuration names ${missing.layer}, which it does not have`,
        null,
        this.machine.locate(nameSpan(node)),
      );
    }
    return missing;
  }

  /** Applies layers as soon as what they are applied to is there; gives the applications that never could be made. */
  private applyAll(pending: readonly PendingApplication[], outputs: Map<string, Value>): readonly PendingApplication[] {
    let left = pending;
    for (let round = 0; left.length > 0 && round < mostRounds; round++) {
      const waiting = left.filter((one) => {
        const parameters = this.parametersOf(one.application, outputs);
        if (parameters === undefined) return true;
        outputs.set(one.key, this.machine.call(one.value, parameters, this.site(one.node)));
        return false;
      });
      if (waiting.length === left.length) return left;
      left = waiting;
    }
    return left;
  }

  /** The arguments of an application; undefined while one of its tensors has not been made. */
  private parametersOf(
    { positional, keywords }: Application,
    outputs: ReadonlyMap<string, Value>,
  ): CallArguments | undefined {
    const values = positional.map((argument) => this.argument(argument, outputs));
    const named = [...keywords].map(([name, argument]) => [name, this.argument(argument, outputs)] as const);
    const known = values.filter((value) => value !== undefined);
    const knownNamed = named.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
    if (known.length < values.length || knownNamed.length < named.length) return undefined;
    return { positional: known, keywords: new Map(knownNamed), isOpen: false };
  }

  private argument(argument: Argument, outputs: ReadonlyMap<string, Value>): Value | undefined {
    switch (argument.kind) {
      case 'tensor':
        return outputAt(outputs, argument);
      case 'list': {
        const items = argument.items.map((item) => this.argument(item, outputs));
        const known = items.filter((item) => item !== undefined);
        return known.length === items.length ? list(known) : undefined;
      }
      case 'plain':
        return this.value(argument.value, true);
    }
  }
}

/** Layers are nearly always written in the order in which they are applied; more rounds than this are a broken file. */
const mostRounds = 200;

interface PendingApplication {
  /** The layer's name and which of its applications it is. */
  readonly key: string;
  readonly node: JsonNode;
  readonly value: Value;
  readonly application: Application;
}

/**
 * The number of the first application that is written. Keras 2 leaves out how a model inside the model was applied to its own
 * inputs, but counts it. Source: Keras 2, keras/engine/functional.py, `_should_skip_first_node`.
 */
function firstApplication(layer: JsonNode, name: string, references: readonly TensorReference[]): 0 | 1 {
  if (!modelClasses.has(textOf(layer, 'class_name') ?? '')) return 0;
  const written = applicationsOf(layer).length;
  return references.some((reference) => reference.layer === name && reference.node >= written) ? 1 : 0;
}

function isValue(end: Value | TensorReference): end is Value {
  return end.kind !== 'tensor';
}

function outputAt(outputs: ReadonlyMap<string, Value>, { layer, node, output }: TensorReference): Value | undefined {
  const result = outputs.get(`${layer}/${node}`);
  if (result?.kind !== 'list' && result?.kind !== 'tuple') return result;
  return result.items[output] ?? unknown(`${layer} has no output ${output}: it gives ${describe(result)}`);
}

function withKeywords(keywords: ReadonlyMap<string, Value>): CallArguments {
  return { positional: [], keywords, isOpen: false };
}

/** Initialisers, regularisers and policies are written like layers, but have no say in sizes. */
function isLayer(node: JsonNode): boolean {
  const className = textOf(node, 'class_name');
  if (className === undefined || entryOf(node, 'config') === undefined) return false;
  const module = textOf(node, 'module');
  if (module !== undefined && module !== null) return /layers|models|^keras$|^builtins$/.test(module);
  return entryOf(entryOf(node, 'config'), 'name') !== undefined;
}

/** Whether the first layer of a `Sequential` says what it is applied to. */
function statesInput(layer: JsonNode): boolean {
  const config = entryOf(layer, 'config');
  return ['batch_input_shape', 'batch_shape', 'input_shape'].some((name) => entryOf(config, name)?.kind === 'array');
}

/** `Bidirectional` writes the backward layer even where it is nothing but the forward one turned around. */
function isMirrored(forward: JsonNode, backward: JsonNode): boolean {
  const differing = new Set(['name', 'go_backwards', 'build_config']);
  const same = (left: JsonNode | undefined, right: JsonNode | undefined): boolean => {
    if (left === undefined || right === undefined) return left === right;
    if (left.kind === 'object' && right.kind === 'object') {
      return [...new Set([...left.entries.keys(), ...right.entries.keys()])].every(
        (name) => differing.has(name) || same(left.entries.get(name), right.entries.get(name)),
      );
    }
    if (left.kind === 'array' && right.kind === 'array') {
      return (
        left.items.length === right.items.length && left.items.every((item, index) => same(item, right.items[index]))
      );
    }
    return 'value' in left && 'value' in right ? left.value === right.value : left.kind === right.kind;
  };
  return backward.kind === 'null' || same(forward, backward);
}
