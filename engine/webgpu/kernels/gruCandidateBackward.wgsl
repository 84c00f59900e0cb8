// The second half of a step of the GRU with reset before, backwards: through the candidate's product to the reset gate.
const inner = hidden_size;
const units = hidden_size;
const first_row = 2u * hidden_size;

fn left_place(row: u32, k: u32) -> u32 {
  return gate_place(operands.time, row, first_row + k);
}

fn weight(k: u32, lane: u32, unit: u32) -> f32 {
  return arena[weight_place(first_row + k, unit)];
}

alias StepInputs = Inputs;

fn step_inputs(row: u32, unit: u32) -> StepInputs {
  return inputs_of(operands.time, row, unit);
}

fn finish(row: u32, unit: u32, inputs: StepInputs, products: vec4f) -> f32 {
  let time = operands.time;
  let gradients = retreat_from_reset_state(time, row, unit, inputs.gates.y, inputs.hidden_before, products.x);
  arena[operands.hidden_gradient + row * state_width + unit] += gradients.y;
  return 0.0;
}
