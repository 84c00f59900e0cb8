// A step of the LSTM. With a projection the states are that of what is left in `unprojected`.
const gate_count = 4u;

struct Inputs {
  gates: vec4f,
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
  return Inputs(gates, is_padding(time, row));
}

fn state_before(time: u32, row: u32, unit: u32) -> State {
  let cell = arena[operands.previous_cell + cell_place(time, row, unit)];
  if (has_projection == 1u) {
    return State(0.0, cell);
  }
  return State(arena[operands.previous_hidden + state_place(time, row, unit)], cell);
}

fn weight_place(k: u32, column: u32) -> u32 {
  return operands.weights + k * gate_count * hidden_size + column;
}

fn peephole(gate: u32, unit: u32) -> f32 {
  if (has_peepholes == 0u) {
    return 0.0;
  }
  return arena[operands.peepholes + gate * hidden_size + unit];
}

fn advance(time: u32, row: u32, unit: u32, inputs: Inputs, products: vec4f, before: State) -> State {
  let sums = inputs.gates + products;
  let input = gate_value(sums.x + peephole(0u, unit) * before.cell);
  let forget = gate_value(sums.y + peephole(1u, unit) * before.cell);
  let candidate = tanh_of(sums.z);
  let cell = forget * before.cell + input * candidate;
  let out = gate_value(sums.w + peephole(2u, unit) * cell);
  let gate = gate_place(time, row, unit);
  arena[gate] = input;
  arena[gate + hidden_size] = forget;
  arena[gate + 2u * hidden_size] = candidate;
  arena[gate + 3u * hidden_size] = out;
  var after = State(out * tanh_of(cell), cell);
  if (has_projection == 1u) {
    arena[operands.unprojected + cell_place(time, row, unit)] = after.hidden;
  }
  if (inputs.is_padding) {
    after = before;
  }
  if (has_projection == 0u) {
    arena[operands.hidden + state_place(time, row, unit)] = after.hidden;
  }
  arena[operands.cell + cell_place(time, row, unit)] = after.cell;
  return after;
}
