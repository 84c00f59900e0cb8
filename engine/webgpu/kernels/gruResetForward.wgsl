// The first half of a step of the GRU with reset before: its gates and the reset state.
const inner = state_width;
const units = hidden_size;

fn left_place(row: u32, k: u32) -> u32 {
  return operands.previous_hidden + state_place(operands.time, row, k);
}

fn weight(k: u32, lane: u32, unit: u32) -> f32 {
  return arena[weight_place(k, lane * hidden_size + unit)];
}

struct StepInputs {
  cell: Inputs,
  before: State,
}

fn step_inputs(row: u32, unit: u32) -> StepInputs {
  return StepInputs(inputs_of(operands.time, row, unit), state_before(operands.time, row, unit));
}

fn finish(row: u32, unit: u32, inputs: StepInputs, products: vec4f) -> f32 {
  let time = operands.time;
  reset_state(time, row, unit, inputs.cell, products, inputs.before);
  return 0.0;
}
