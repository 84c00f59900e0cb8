/** The time of a device that several runs compute on: while more than one does, each has an equal part of it. */
export interface DeviceClock {
  /** Counts from now on for one that computes. */
  enter(): DeviceTime;
}

export interface DeviceTime {
  /** Milliseconds that the device has had for this one since it entered. */
  readonly ms: number;
  leave(): void;
}

export function createDeviceClock(nowMs: () => number): DeviceClock {
  const computing = new Set<{ ms: number }>();
  let countedMs = 0;
  const count = (): void => {
    const now = nowMs();
    for (const one of computing) one.ms += (now - countedMs) / computing.size;
    countedMs = now;
  };
  return {
    enter: () => {
      count();
      const own = { ms: 0 };
      computing.add(own);
      return {
        get ms() {
          count();
          return own.ms;
        },
        leave: () => {
          count();
          computing.delete(own);
        },
      };
    },
  };
}
