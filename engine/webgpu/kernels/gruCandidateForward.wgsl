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

fn finish(row: u32, unit: u32, products: vec4f) -> f32 {
  let time = operands.time;
  let inputs = inputs_of(time, row, unit);
  advance_from_product(time, row, unit, inputs, products.x, inputs.gates.x, state_before(time, row, unit));
  return 0.0;
}
