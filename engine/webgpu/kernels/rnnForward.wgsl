// A step of the plain recurrent cell.
const gate_count = 1u;

struct Inputs {
  sum: f32,
  is_padding: bool,
}

fn inputs_of(time: u32, row: u32, unit: u32) -> Inputs {
  return Inputs(arena[gate_place(time, row, unit)], is_padding(time, row));
}

fn state_before(time: u32, row: u32, unit: u32) -> State {
  return State(arena[operands.previous_hidden + state_place(time, row, unit)], 0.0);
}

fn weight_place(k: u32, column: u32) -> u32 {
  return operands.weights + k * hidden_size + column;
}

fn advance(time: u32, row: u32, unit: u32, inputs: Inputs, products: vec4f, before: State) -> State {
  let sum = inputs.sum + products.x;
  var hidden: f32;
  if (is_relu == 1u) {
    hidden = relu_of(sum);
  } else {
    hidden = tanh_of(sum);
  }
  arena[gate_place(time, row, unit)] = sum;
  if (inputs.is_padding) {
    hidden = before.hidden;
  }
  arena[operands.hidden + state_place(time, row, unit)] = hidden;
  return State(hidden, 0.0);
}
