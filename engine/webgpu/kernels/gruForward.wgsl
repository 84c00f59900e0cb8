// A step of the GRU: whole where the reset gate is applied after the recurrent product, in two halves where it is before.
const gate_count = 3u;

struct Inputs {
  gates: vec3f,
  // Reset after: the bias of the candidate's recurrent product.
  candidate: f32,
  is_padding: bool,
}

fn inputs_of(time: u32, row: u32, unit: u32) -> Inputs {
  let gate = gate_place(time, row, unit);
  let gates = vec3f(arena[gate], arena[gate + hidden_size], arena[gate + 2u * hidden_size]);
  var candidate = 0.0;
  if (is_reset_after == 1u) {
    candidate = arena[operands.candidate + cell_place(time, row, unit)];
  }
  return Inputs(gates, candidate, is_padding(time, row));
}

fn state_before(time: u32, row: u32, unit: u32) -> State {
  return State(arena[operands.previous_hidden + state_place(time, row, unit)], 0.0);
}

/** Columns of the update and reset gates, then those of the candidate. */
fn weight_place(k: u32, column: u32) -> u32 {
  if (column < 2u * hidden_size) {
    return operands.weights + k * 2u * hidden_size + column;
  }
  return operands.candidate_weights + k * hidden_size + column - 2u * hidden_size;
}

/** Update and reset. */
fn open_gates(time: u32, row: u32, unit: u32, inputs: Inputs, products: vec4f) -> vec2f {
  let gates = vec2f(gate_value(inputs.gates.x + products.x), gate_value(inputs.gates.y + products.y));
  let gate = gate_place(time, row, unit);
  arena[gate] = gates.x;
  arena[gate + hidden_size] = gates.y;
  return gates;
}

fn take_candidate(
  time: u32, row: u32, unit: u32, inputs: Inputs, candidate_sum: f32, update: f32, before: State,
) -> State {
  let candidate = tanh_of(candidate_sum);
  arena[gate_place(time, row, unit) + 2u * hidden_size] = candidate;
  var after = State((1.0 - update) * candidate + update * before.hidden, 0.0);
  if (inputs.is_padding) {
    after = before;
  }
  arena[operands.hidden + state_place(time, row, unit)] = after.hidden;
  return after;
}

fn advance(time: u32, row: u32, unit: u32, inputs: Inputs, products: vec4f, before: State) -> State {
  let gates = open_gates(time, row, unit, inputs, products);
  let product = inputs.candidate + products.z;
  arena[operands.candidate + cell_place(time, row, unit)] = product;
  return take_candidate(time, row, unit, inputs, inputs.gates.z + gates.y * product, gates.x, before);
}

/** What the first half of a step hands to the second, reset before. */
struct OpenedGates {
  update: f32,
  /** What the candidate's product is taken of. */
  reset_state: f32,
}

/** Reset before, the first half. */
fn reset_state(time: u32, row: u32, unit: u32, inputs: Inputs, products: vec4f, before: State) -> OpenedGates {
  let gates = open_gates(time, row, unit, inputs, products);
  let opened = OpenedGates(gates.x, gates.y * before.hidden);
  arena[operands.candidate + cell_place(time, row, unit)] = opened.reset_state;
  return opened;
}

/** Reset before, the second half. */
fn advance_from_product(
  time: u32, row: u32, unit: u32, inputs: Inputs, product: f32, update: f32, before: State,
) -> State {
  return take_candidate(time, row, unit, inputs, inputs.gates.z + product, update, before);
}
