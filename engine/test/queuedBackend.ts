/** A device for tests: another backend whose operations wait until a read asks for them, and that can be lost. */
import type { Backend, BackendFactory, Numbers } from '../backend';
import { DeviceLostError } from '../deviceLost';
import { createNetwork } from '../network';
import { createReferenceBackend } from '../reference/backend';
import type { Candidate } from '../trainer/backends';

export interface FakeDevice {
  readonly create: BackendFactory;
  /** Times that what was waiting has been done: what is asked for in one go counts once. */
  readonly submissions: number;
  /** Networks that have not given their memory back. */
  readonly networks: number;
  readonly isLost: boolean;
  lose(because: string): void;
}

export interface FakeDeviceOptions {
  /** Is lost instead of answering the reads of this submission, counted from 1. */
  readonly lostAtSubmission?: number;
  readonly create?: BackendFactory;
}

export function fakeDevice({
  lostAtSubmission = Number.POSITIVE_INFINITY,
  create = createReferenceBackend,
}: FakeDeviceOptions = {}): FakeDevice {
  let [submissions, networks] = [0, 0];
  let lost: DeviceLostError | null = null;
  const lose = (because: string): void => {
    lost ??= new DeviceLostError(because);
  };
  const createQueued: BackendFactory = (arenaLength) => {
    const inner = create(arenaLength);
    networks++;
    let isReleased = false;
    let waiting: (() => void)[] = [];
    let isFlushPlanned = false;
    const flush = (): void => {
      isFlushPlanned = false;
      submissions++;
      if (submissions === lostAtSubmission) lose('it was pulled out');
      for (const operate of waiting.splice(0)) operate();
    };
    const queued: Partial<Backend> = {
      name: 'webgpu',
      device: 'a device of this test',
      isQueued: true,
      release: () => {
        if (!isReleased) networks--;
        isReleased = true;
        waiting = [];
      },
      write: (span, values) => {
        const copy = Float64Array.from(values);
        waiting.push(() => inner.write(span, copy));
      },
      read: (span) =>
        new Promise<Numbers>((resolve, reject) => {
          waiting.push(() => {
            const numbers = inner.read(span);
            setImmediate(() => {
              const failure = lost ?? (isReleased ? new DeviceLostError('it was given back') : null);
              if (failure === null) resolve(numbers);
              else reject(failure);
            });
          });
          if (!isFlushPlanned) queueMicrotask(flush);
          isFlushPlanned = true;
        }),
    };
    return new Proxy(inner, {
      get: (target, name) => {
        const own: unknown = Reflect.get(queued, name);
        if (own !== undefined) return own;
        const operation: unknown = Reflect.get(target, name);
        if (typeof operation !== 'function') return operation;
        return (...operands: unknown[]) => {
          waiting.push(() => {
            Reflect.apply(operation, target, operands);
          });
        };
      },
    });
  };
  return {
    create: createQueued,
    lose,
    get submissions() {
      return submissions;
    },
    get networks() {
      return networks;
    },
    get isLost() {
      return lost !== null;
    },
  };
}

/** It, as one that a run may take for WebGPU. */
export function candidateOf(device: FakeDevice): Candidate {
  return {
    name: 'webgpu',
    open: async () => ({
      kind: 'backend',
      backend: {
        ...{ kind: 'device', name: 'webgpu', device: 'a device of this test', isSoftware: false },
        createNetwork: (plan, batch, seed) => createNetwork(plan, batch, device.create, seed),
        close: () => device.lose('it was given back'),
      },
    }),
  };
}
