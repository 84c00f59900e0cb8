/** Times training steps of TensorFlow.js on the backend that is set, see torch_peer.py for the protocol. One thread. */
import { createInterface } from 'node:readline';

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

/**
 * Greets, then answers requests until there are no more. A loss is read after every step, as `trainOnBatch` does it.
 *
 * @param tf the package `@tensorflow/tfjs`
 * @param greeting what is said first
 * @param whyUnable says of a kind of model why the backend cannot train it, or null
 */
export async function answerRequests(tf, greeting, whyUnable) {
  say(greeting);
  const made = new Map();
  for await (const line of createInterface({ input: process.stdin })) {
    const { model, seconds, forget } = JSON.parse(line);
    const key = JSON.stringify(model ?? forget);
    if (forget !== undefined) {
      made.get(key)?.dispose();
      made.delete(key);
      say({});
      continue;
    }
    const unable = whyUnable(model.kind);
    if (unable !== null) {
      say({ unable });
      continue;
    }
    try {
      if (!made.has(key)) made.set(key, trainerOf(tf, model));
      say(await timed(made.get(key).step, seconds));
    } catch (error) {
      say({ unable: String(error.message ?? error).split('\n')[0] });
    }
  }
}

function trainerOf(tf, model) {
  const { kind, batch, steps, inputs, vocabulary } = model;
  const network = networkOf(tf, model);
  const isText = kind === 'characters';
  const loss = isText ? 'sparseCategoricalCrossentropy' : 'meanSquaredError';
  network.compile({ optimizer: tf.train.adam(1e-4), loss });
  const x = isText ? tf.randomUniformInt([batch, steps], 0, vocabulary) : tf.randomNormal([batch, steps, inputs]);
  const y = isText ? tf.randomUniformInt([batch, steps, 1], 0, vocabulary).toFloat() : tf.randomNormal([batch, 1]);
  const dispose = () => {
    tf.dispose([x, y]);
    network.dispose();
  };
  return { step: () => network.trainOnBatch(x, y), dispose };
}

function networkOf(tf, model) {
  const { kind, steps, vocabulary, inputs, hidden } = model;
  if (kind === 'forecast') {
    const network = tf.sequential();
    for (let index = 0; index < model.layers; index++) {
      const inputShape = index === 0 ? { inputShape: [steps, inputs] } : {};
      const layer = recurrentLayer(
        tf,
        model.cell,
        hidden,
        index < model.layers - 1,
        model.bidirectional ? {} : inputShape,
      );
      network.add(model.bidirectional ? tf.layers.bidirectional({ layer, ...inputShape }) : layer);
    }
    network.add(tf.layers.dense({ units: 1 }));
    return network;
  }
  if (kind === 'characters') {
    return tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: vocabulary, outputDim: inputs, inputLength: steps }),
        recurrentLayer(tf, model.cell, hidden, true, {}),
        tf.layers.dense({ units: vocabulary, activation: 'softmax' }),
      ],
    });
  }
  const input = tf.input({ shape: [steps, inputs] });
  const convolution = { filters: hidden, kernelSize: 5, padding: 'same', activation: 'relu' };
  const seen = tf.layers.conv1d(convolution).apply(input);
  const states = recurrentLayer(tf, 'lstm', hidden, true, {}).apply(seen);
  const scores = tf.layers
    .dense({ units: 1, useBias: false })
    .apply(tf.layers.dense({ units: hidden, activation: 'tanh' }).apply(states));
  // Its softmax is over the last axis alone.
  const weights = tf.layers.softmax({ axis: -1 }).apply(tf.layers.reshape({ targetShape: [1, steps] }).apply(scores));
  const context = tf.layers.flatten().apply(tf.layers.dot({ axes: [2, 1] }).apply([weights, states]));
  return tf.model({ inputs: input, outputs: tf.layers.dense({ units: 1 }).apply(context) });
}

function recurrentLayer(tf, cell, units, returnSequences, inputShape) {
  const layers = { rnn: tf.layers.simpleRNN, gru: tf.layers.gru, lstm: tf.layers.lstm };
  const gates = cell === 'rnn' ? {} : { recurrentActivation: 'sigmoid' };
  return layers[cell]({ units, returnSequences, ...gates, ...inputShape });
}

async function timed(step, seconds) {
  const times = [];
  await step();
  const end = performance.now() + 1000 * seconds;
  do {
    const started = performance.now();
    await step();
    times.push((performance.now() - started) / 1000);
  } while (performance.now() < end);
  times.sort((a, b) => a - b);
  return { seconds: times[0], median: times[times.length >> 1] };
}
