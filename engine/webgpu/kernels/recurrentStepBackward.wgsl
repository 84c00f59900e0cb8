// One step of a loop backwards: the whole gradient of its states, then of what went into its gates.
const inner = product_gates * hidden_size;
const units = hidden_size;

fn left_place(row: u32, k: u32) -> u32 {
  return gradient_place(operands.later_time, row, k);
}

fn weight(k: u32, lane: u32, unit: u32) -> f32 {
  return arena[weight_place(k, unit)];
}

struct StepInputs {
  cell: Inputs,
  output_gradient: f32,
  carried_hidden: f32,
  carried_cell: f32,
}

fn step_inputs(row: u32, unit: u32) -> StepInputs {
  let time = operands.time;
  return StepInputs(
    inputs_of(time, row, unit),
    output_gradient_of(time, row, unit),
    arena[operands.hidden_gradient + row * state_width + unit],
    carried_cell(row, unit),
  );
}

fn finish(row: u32, unit: u32, inputs: StepInputs, products: vec4f) -> f32 {
  let time = operands.time;
  let carried = operands.hidden_gradient + row * state_width + unit;
  var hidden_gradient = inputs.carried_hidden + products.x;
  if (operands.has_step == 0u) {
    arena[carried] = hidden_gradient;
    return 0.0;
  }
  hidden_gradient += inputs.output_gradient;
  let gradients = retreat(time, row, unit, inputs.cell, hidden_gradient, inputs.carried_cell);
  arena[carried] = gradients.hidden;
  carry_cell(row, unit, gradients.cell);
  return hidden_gradient * hidden_gradient;
}
