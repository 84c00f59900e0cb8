// A step of the plain recurrent cell, backwards.
const gate_count = 1u;

struct Inputs {
  hidden: f32,
  is_padding: bool,
}

fn inputs_of(time: u32, row: u32, unit: u32) -> Inputs {
  return Inputs(arena[operands.hidden + state_place(time, row, unit)], is_padding(time, row));
}

fn gradient_place(time: u32, row: u32, k: u32) -> u32 {
  return gate_place(time, row, k);
}

fn weight_place(k: u32, column: u32) -> u32 {
  return operands.weights + k * hidden_size + column;
}

fn carried_cell(row: u32, unit: u32) -> f32 {
  return 0.0;
}

fn carry_cell(row: u32, unit: u32, gradient: f32) {}

fn retreat(time: u32, row: u32, unit: u32, inputs: Inputs, hidden_gradient: f32, cell_gradient: f32) -> Gradients {
  var slope: f32;
  if (is_relu == 1u) {
    slope = select(0.0, 1.0, inputs.hidden > 0.0);
  } else {
    slope = 1.0 - inputs.hidden * inputs.hidden;
  }
  var gradients = Gradients(0.0, 0.0, vec4f(hidden_gradient * slope, 0.0, 0.0, 0.0));
  if (inputs.is_padding) {
    gradients = Gradients(hidden_gradient, 0.0, vec4f());
  }
  arena[gate_place(time, row, unit)] = gradients.gates.x;
  return gradients;
}
