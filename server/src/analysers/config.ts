/** Analysis of a Keras or TensorFlow.js model saved as JSON. */
import { parser } from '@lezer/json';
import type { GraphProblem, ModelGraph } from '../../../model/graph';
import { PythonMachine } from '../evaluate/python/machine';
import { configurationIn, type Replay, replay } from '../frameworks/config/replay';
import { KerasLibrary } from '../frameworks/keras/library';
import { lowerJson } from '../syntax/json';
import { LineMap } from '../syntax/lines';
import { bySymbol } from '../syntax/suppliedSizes';
import type { Workspace } from '../workspace';
import type { FileAnalysis } from './fileAnalysis';

/** Any other JSON gives an analysis without models. */
export function analyseConfig(file: string, text: string, workspace: Workspace | null): FileAnalysis {
  const tree = parser.parse(text);
  const lines = new LineMap(file, text);
  const { root, errors } = lowerJson(tree, text);
  const configuration = configurationIn(root);
  const keras = new KerasLibrary();
  const source = { file, text, lines, module: { body: [] } };
  const sizes = bySymbol(workspace?.sizes ?? []);
  const machine = new PythonMachine({ source, workspace: null, libraries: [keras], sizes });
  const models: ModelGraph[] = [];
  const problems: GraphProblem[] = [];
  if (configuration !== undefined) {
    const isWithinBounds = machine.runRoot(() => {
      const made = replay(configuration, machine);
      models.push(...keras.graphsOf(machine, made.model).map((graph) => asConfiguration(graph, made)));
      if (models.length > 0) return;
      const { model, location } = made;
      const because = model.kind === 'unknown' ? model.because : 'it has no layers';
      const place = model.kind === 'unknown' && model.location !== null ? model.location : location;
      problems.push({ message: `The configuration is not followed: ${because}.`, location: place });
    });
    if (!isWithinBounds) {
      problems.push({
        message: 'The configuration is larger than is followed.',
        location: lines.locate(configuration),
      });
    }
  }
  return {
    file,
    text,
    language: 'json',
    tree,
    lines,
    framework: configuration === undefined ? null : 'keras-config',
    models,
    recoveries: [],
    syntaxErrors: configuration === undefined ? [] : errors.map((error) => lines.locate(error)),
    directives: { sizes: [], texts: new Map(), suppressions: [] },
    usedSizes: machine.usedSizes,
    unaskedSizes: [],
    problems,
  };
}

/** The graph as one of a configuration, with the weights of layers that are not trained marked as such. */
function asConfiguration(graph: ModelGraph, { frozen }: Replay): ModelGraph {
  const layers = graph.layers.map((layer) => {
    const isFrozen = frozen.has(layer.location.from) || frozen.has(layer.coreLocation.from);
    if (!isFrozen || 'unknown' in layer.weights) return layer;
    return { ...layer, weights: layer.weights.map((weight) => ({ ...weight, trainable: false })) };
  });
  return { ...graph, layers, framework: 'keras-config', form: 'config' };
}
