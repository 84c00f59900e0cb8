// What a step of a loop does within a whole loop, backwards; what it carries are gradients.
const goes_back = 1u;

struct StepInputs {
  cell: Inputs,
  output_gradient: f32,
}

fn step_inputs(time: u32, row: u32, unit: u32) -> StepInputs {
  return StepInputs(inputs_of(time, row, unit), output_gradient_of(time, row, unit));
}

fn begin(tile_row: u32, row: u32, unit: u32) -> State {
  return State(arena[operands.hidden_gradient + row * hidden_size + unit], carried_cell(row, unit));
}

fn end(tile_row: u32, row: u32, unit: u32, carried: State) {
  arena[operands.hidden_gradient + row * hidden_size + unit] = carried.hidden + product_0(tile_row, unit);
  carry_cell(row, unit, carried.cell);
}

fn weight_place_0(k: u32, column: u32) -> u32 {
  return weight_place(k, column);
}

fn step_0(time: u32, tile_row: u32, row: u32, unit: u32, inputs: StepInputs, carried: State) -> State {
  let hidden_gradient = carried.hidden + product_0(tile_row, unit) + inputs.output_gradient;
  squared += hidden_gradient * hidden_gradient;
  let gradients = retreat(time, row, unit, inputs.cell, hidden_gradient, carried.cell);
  // for $g < product_gates
  set_left_0(tile_row, $g * hidden_size + unit, gradients.gates[$g]);
  // end
  // for $q < second_products
  set_left_1(tile_row, unit, gradients.gates.z);
  // end
  return State(gradients.hidden, gradients.cell);
}
