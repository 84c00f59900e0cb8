// The second half of a step of the GRU with reset before: the candidate and the state.
const inner = hidden_size;
const units = hidden_size;
const first_column = 2u * hidden_size;

fn left_place(row: u32, k: u32) -> u32 {
  return operands.candidate + cell_place(operands.time, row, k);
}

fn weight(k: u32, lane: u32, unit: u32) -> f32 {
  return arena[weight_place(k, first_column + unit)];
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
  advance_from_product(time, row, unit, inputs.cell, products.x, inputs.cell.gates.x, inputs.before);
  return 0.0;
}
