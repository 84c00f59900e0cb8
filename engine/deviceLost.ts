/** The device that a network computes on does so no longer: what it had reached has to be trained on elsewhere, from a checkpoint. */
export class DeviceLostError extends Error {
  /** @param because what is the matter with it, after a colon: "it did not answer for 10 seconds" */
  constructor(readonly because: string) {
    super(`The device of this run computes no further: ${because}.`);
  }
}
