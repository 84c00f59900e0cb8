/**
 * The machine that the editor runs on, as times are predicted for it: asked of the client when somebody first looks at a
 * model, never measured here. What a comparison by training measured takes the place of what was predicted.
 */
import { type Connection, RequestType0 } from 'vscode-languageserver/node';
import type { Cell, ModelGraph } from '../../../model/graph';
import type { RunOptions } from '../../../model/time/modelWork';
import { lengthRequest, timeSaid } from '../../../model/time/openLength';
import { predictTime, type TimePrediction } from '../../../model/time/predict';
import type { DeviceProfile } from '../../../model/time/profile';
import { measuredText } from '../../../model/time/wording';
import { type MeasuredTime, machineProfileRequest } from '../../../protocol/languageServer';
import { defaultBudget } from '../../../protocol/trainingDefaults';
import { attempt } from './attempt';

const machineProfileType = new RequestType0<DeviceProfile | null, void>(machineProfileRequest);

/** How long a model's step took, and what was predicted then: as long as that is predicted, it is the same model. */
interface Measurement {
  readonly seconds: number;
  readonly predicted: number;
  readonly batch: number;
}

export class Machine {
  private profile: DeviceProfile | null = null;
  private asked = false;
  private readonly measurements = new Map<string, Measurement>();

  constructor(
    private readonly connection: Connection,
    private readonly log: (message: string) => void,
  ) {}

  /** Takes the profile that somebody has at hand. */
  take(profile: DeviceProfile | null): void {
    this.profile = profile;
  }

  /** Null where it has not been measured, or not yet. */
  known(): DeviceProfile | null {
    return this.profile;
  }

  /** Asks the client once for the profile, which may take it two seconds to measure; nobody waits for it. */
  ask(): void {
    if (this.asked || this.profile !== null) return;
    this.asked = true;
    const answer = this.connection.sendRequest(machineProfileType).then((profile) => this.take(profile));
    attempt(this.log, 'Asking for the profile of this machine', answer);
  }

  /** Keeps what a comparison measured, where it trained the model as it stands in the file. */
  measured({ uri, graph, cell, batch, secondsPerStep }: MeasuredTime): void {
    if (ownCell(graph) !== cell) return;
    const predicted = this.predict(graph, { mode: 'training', batch, steps: null });
    if (predicted === null || 'unknown' in predicted) return;
    this.measurements.set(keyOf(uri, graph), { seconds: secondsPerStep, predicted: predicted.seconds, batch });
  }

  /** What a hover says of a model's time; nothing where the machine is not known, or more than the length of the sequences. */
  timesOf(uri: string, graph: ModelGraph): readonly string[] {
    const { profile } = this;
    if (profile === null) return [];
    const measurement = this.measurements.get(keyOf(uri, graph));
    const training = { mode: 'training', batch: measurement?.batch ?? defaultBudget.batchSize, steps: null } as const;
    const inference = { mode: 'inference', batch: 1, steps: null } as const;
    const step = predictTime(graph, profile, training);
    const [trainingSaid, inferenceSaid] = [timeSaid(graph, profile, training), timeSaid(graph, profile, inference)];
    const stepText =
      measurement !== undefined && !('unknown' in step) && measurement.predicted === step.seconds
        ? measuredText(measurement.seconds, step.seconds, profile, training)
        : trainingSaid.text;
    if (trainingSaid.because === null || inferenceSaid.because === null) return [];
    const request = lengthRequest(graph, profile, inference);
    return [stepText, inferenceSaid.text, trainingSaid.because, ...(request === null ? [] : [request])];
  }

  private predict(graph: ModelGraph, options: RunOptions): TimePrediction | null {
    return this.profile === null ? null : predictTime(graph, this.profile, options);
  }
}

function keyOf(uri: string, graph: ModelGraph): string {
  return `${uri}#${graph.name}`;
}

/** The cell that all recurrent layers of a model have; null where they differ or there are none. */
function ownCell(graph: ModelGraph): Cell | null {
  const cells = new Set(
    graph.layers.flatMap(({ operation }) => (operation.op === 'recurrent' ? [operation.cell] : [])),
  );
  const [cell = null] = cells;
  return cells.size === 1 ? cell : null;
}
