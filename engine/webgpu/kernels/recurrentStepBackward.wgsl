// One step of a loop backwards: the whole gradient of its states, then of what went into its gates.
const inner = product_gates * hidden_size;
const units = hidden_size;

fn left_place(row: u32, k: u32) -> u32 {
  return gradient_place(operands.later_time, row, k);
}

fn weight(k: u32, lane: u32, unit: u32) -> f32 {
  return arena[weight_place(k, unit)];
}

fn finish(row: u32, unit: u32, products: vec4f) -> f32 {
  let time = operands.time;
  let carried = operands.hidden_gradient + row * state_width + unit;
  var hidden_gradient = arena[carried] + products.x;
  if (operands.has_step == 0u) {
    arena[carried] = hidden_gradient;
    return 0.0;
  }
  hidden_gradient += output_gradient_of(time, row, unit);
  let gradients =
    retreat(time, row, unit, inputs_of(time, row, unit), hidden_gradient, carried_cell(row, unit));
  arena[carried] = gradients.hidden;
  carry_cell(row, unit, gradients.cell);
  return hidden_gradient * hidden_gradient;
}
