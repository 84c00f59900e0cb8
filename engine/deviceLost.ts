/** The device that a network computes on is gone: what it had reached has to be trained on elsewhere, from a checkpoint. */
export class DeviceLostError extends Error {
  constructor(readonly because: string) {
    super(`The device of this run is gone (${because}).`);
  }
}
