// The second half of a step of an LSTM with a projection: its state.
const inner = hidden_size;
const units = state_width;

fn left_place(row: u32, k: u32) -> u32 {
  return operands.unprojected + cell_place(operands.time, row, k);
}

fn weight(k: u32, lane: u32, unit: u32) -> f32 {
  return arena[operands.projection_weights + k * state_width + unit];
}

/** Read when the product is there. */
alias StepInputs = bool;

fn step_inputs(row: u32, unit: u32) -> StepInputs {
  return true;
}

fn finish(row: u32, unit: u32, inputs: StepInputs, products: vec4f) -> f32 {
  let place = state_place(operands.time, row, unit);
  var hidden = products.x;
  if (is_padding(operands.time, row)) {
    hidden = arena[operands.previous_hidden + place];
  }
  arena[operands.hidden + place] = hidden;
  return 0.0;
}
