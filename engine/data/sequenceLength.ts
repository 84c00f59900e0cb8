/** How long the sequences of a run are: the model's length, else what the user asked for, else what suits the data. */

export interface LengthWish {
  /** Of the model, where it fixes one. */
  readonly fixed: number | null;
  /** Of the user. */
  readonly asked: number | null;
}

export interface SequenceLength {
  readonly timeSteps: number;
  readonly remarks: readonly string[];
}

export function sequenceLength({ fixed, asked }: LengthWish, otherwise: number): SequenceLength {
  if (fixed !== null) {
    const remark = `The model fixes its sequences at ${fixed} steps; the ${asked} asked for are not used.`;
    return { timeSteps: fixed, remarks: asked !== null && asked !== fixed ? [remark] : [] };
  }
  if (asked !== null) return { timeSteps: asked, remarks: [] };
  const remark = `The model leaves the length of a sequence open; here it is ${otherwise} steps.`;
  return { timeSteps: otherwise, remarks: [remark] };
}
