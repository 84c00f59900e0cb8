// The second half of a step of an LSTM with a projection, backwards: through the projection to what went into the gates.
const inner = state_width;
const units = hidden_size;

fn left_place(row: u32, k: u32) -> u32 {
  return operands.state_gradients + state_place(operands.time, row, k);
}

fn weight(k: u32, lane: u32, unit: u32) -> f32 {
  return arena[operands.projection_weights + k * hidden_size + unit];
}

/** Read when the product is there. */
alias StepInputs = bool;

fn step_inputs(row: u32, unit: u32) -> StepInputs {
  return true;
}

fn finish(row: u32, unit: u32, inputs: StepInputs, products: vec4f) -> f32 {
  let time = operands.time;
  let gradients = retreat(time, row, unit, inputs_of(time, row, unit), products.x, carried_cell(row, unit));
  carry_cell(row, unit, gradients.cell);
  return 0.0;
}
