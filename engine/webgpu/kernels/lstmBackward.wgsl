// A step of the LSTM, backwards, from the gradient of `o·tanh(c)`.
const gate_count = 4u;

struct Inputs {
  gates: vec4f,
  cell_before: f32,
  cell: f32,
  is_padding: bool,
}

fn inputs_of(time: u32, row: u32, unit: u32) -> Inputs {
  let gate = gate_place(time, row, unit);
  let gates = vec4f(
    arena[gate],
    arena[gate + hidden_size],
    arena[gate + 2u * hidden_size],
    arena[gate + 3u * hidden_size],
  );
  let cell = cell_place(time, row, unit);
  return Inputs(gates, arena[operands.previous_cell + cell], arena[operands.cell + cell], is_padding(time, row));
}

fn gradient_place(time: u32, row: u32, k: u32) -> u32 {
  return gate_place(time, row, k);
}

fn weight_place(k: u32, column: u32) -> u32 {
  return operands.weights + k * state_width + column;
}

fn carried_cell(row: u32, unit: u32) -> f32 {
  return arena[operands.cell_gradient + row * hidden_size + unit];
}

fn carry_cell(row: u32, unit: u32, gradient: f32) {
  arena[operands.cell_gradient + row * hidden_size + unit] = gradient;
}

fn peephole(gate: u32, unit: u32) -> f32 {
  if (has_peepholes == 0u) {
    return 0.0;
  }
  return arena[operands.peepholes + gate * hidden_size + unit];
}

fn retreat(time: u32, row: u32, unit: u32, inputs: Inputs, hidden_gradient: f32, cell_gradient: f32) -> Gradients {
  let input = inputs.gates.x;
  let forget = inputs.gates.y;
  let candidate = inputs.gates.z;
  let out = inputs.gates.w;
  let tanh_cell = tanh_of(inputs.cell);
  let into_out = hidden_gradient * tanh_cell * gate_slope(out);
  let into_cell =
    cell_gradient + hidden_gradient * out * (1.0 - tanh_cell * tanh_cell) + into_out * peephole(2u, unit);
  let into_input = into_cell * candidate * gate_slope(input);
  let into_forget = into_cell * inputs.cell_before * gate_slope(forget);
  let into_candidate = into_cell * input * (1.0 - candidate * candidate);
  var gradients = Gradients(
    0.0,
    into_cell * forget + into_input * peephole(0u, unit) + into_forget * peephole(1u, unit),
    vec4f(into_input, into_forget, into_candidate, into_out),
  );
  if (inputs.is_padding) {
    gradients = Gradients(hidden_gradient, cell_gradient, vec4f());
  }
  let gate = gate_place(time, row, unit);
  arena[gate] = gradients.gates.x;
  arena[gate + hidden_size] = gradients.gates.y;
  arena[gate + 2u * hidden_size] = gradients.gates.z;
  arena[gate + 3u * hidden_size] = gradients.gates.w;
  return gradients;
}
