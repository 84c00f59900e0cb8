/** How long it takes from a command to the first loss: ours from the terminal, and a Python process that imports PyTorch. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { peerPython } from './peers';

export interface StartTime {
  readonly name: string;
  readonly seconds: number | null;
}

/** Each is started several times; the fastest counts. */
const starts = 5;

const program = `
import torch
network = torch.nn.LSTM(4, 32, batch_first=True)
head = torch.nn.Linear(32, 1)
optimiser = torch.optim.Adam([*network.parameters(), *head.parameters()])
x, y = torch.randn(32, 30, 4), torch.randn(32, 1)
loss = torch.nn.functional.mse_loss(head(network(x)[1][0][-1]), y)
loss.backward()
optimiser.step()
print(loss.item(), flush=True)
`;

const kerasProgram = `
import os
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy
network = keras.Sequential([keras.Input((30, 4)), keras.layers.LSTM(32), keras.layers.Dense(1)])
network.compile(optimizer="adam", loss="mse")
print(network.train_on_batch(numpy.zeros((32, 30, 4)), numpy.zeros((32, 1))), flush=True)
`;

export async function measureStarts(): Promise<StartTime[]> {
  const train = ['train', path.join('samples', 'weather_keras.py'), '--cells', 'lstm', '--steps', '1', '--jsonl'];
  const ours = [path.join('dist', 'cli.js'), ...train];
  const commands = [
    {
      name: 'unroll train samples/weather_keras.py --cells lstm',
      command: process.execPath,
      args: ours,
      isFirstLoss: /"type":"step"/,
    },
    ...(existsSync(peerPython)
      ? [
          {
            name: 'Python importing PyTorch, one step of an LSTM',
            command: peerPython,
            args: ['-c', program],
            isFirstLoss: /\d/,
          },
          {
            name: 'Python importing Keras, one step of an LSTM',
            command: peerPython,
            args: ['-c', kerasProgram],
            isFirstLoss: /\d/,
          },
        ]
      : []),
  ];
  const times: StartTime[] = [];
  for (const { name, command, args, isFirstLoss } of commands) {
    let best = Number.POSITIVE_INFINITY;
    for (let start = 0; start < starts; start++)
      best = Math.min(best, await secondsToMatch(command, args, isFirstLoss));
    times.push({ name, seconds: Number.isFinite(best) ? best : null });
  }
  return times;
}

/** From the start of a process to the first of its output that matches; infinite when it ends without. */
function secondsToMatch(command: string, args: readonly string[], pattern: RegExp): Promise<number> {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let output = '';
    let seconds = Number.POSITIVE_INFINITY;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (seconds === Number.POSITIVE_INFINITY && pattern.test(output)) seconds = (performance.now() - started) / 1000;
    });
    child.once('close', () => resolve(seconds));
  });
}
