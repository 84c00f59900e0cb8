// The first half of a step of an LSTM with a projection, backwards: the whole gradient of its states.
const inner = gate_count * hidden_size;
const units = state_width;

fn left_place(row: u32, k: u32) -> u32 {
  return gradient_place(operands.later_time, row, k);
}

fn weight(k: u32, lane: u32, unit: u32) -> f32 {
  return arena[weight_place(k, unit)];
}

/** Read when the product is there. */
alias StepInputs = bool;

fn step_inputs(row: u32, unit: u32) -> StepInputs {
  return true;
}

fn finish(row: u32, unit: u32, inputs: StepInputs, products: vec4f) -> f32 {
  let time = operands.time;
  let carried = operands.hidden_gradient + row * state_width + unit;
  var hidden_gradient = arena[carried] + products.x;
  if (operands.has_step == 0u) {
    arena[carried] = hidden_gradient;
    return 0.0;
  }
  hidden_gradient += output_gradient_of(time, row, unit);
  let place = operands.state_gradients + state_place(time, row, unit);
  if (is_padding(time, row)) {
    arena[place] = 0.0;
    arena[carried] = hidden_gradient;
  } else {
    arena[place] = hidden_gradient;
    arena[carried] = 0.0;
  }
  return hidden_gradient * hidden_gradient;
}
