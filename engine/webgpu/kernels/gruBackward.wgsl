// A step of the GRU, backwards: whole where the reset gate is applied after the product, in two halves where it is before.
const gate_count = 3u;

struct Inputs {
  gates: vec3f,
  candidate: f32,
  hidden_before: f32,
  is_padding: bool,
}

fn inputs_of(time: u32, row: u32, unit: u32) -> Inputs {
  let gate = gate_place(time, row, unit);
  return Inputs(
    vec3f(arena[gate], arena[gate + hidden_size], arena[gate + 2u * hidden_size]),
    arena[operands.candidate + cell_place(time, row, unit)],
    arena[operands.previous_hidden + state_place(time, row, unit)],
    is_padding(time, row),
  );
}

/** Gradients of the update and reset gates, then that of the candidate's recurrent product. */
fn gradient_place(time: u32, row: u32, k: u32) -> u32 {
  if (k < 2u * hidden_size) {
    return gate_place(time, row, k);
  }
  return operands.candidate + cell_place(time, row, k - 2u * hidden_size);
}

fn weight_place(k: u32, column: u32) -> u32 {
  if (k < 2u * hidden_size) {
    return operands.weights + k * hidden_size + column;
  }
  return operands.candidate_weights + (k - 2u * hidden_size) * hidden_size + column;
}

fn carried_cell(row: u32, unit: u32) -> f32 {
  return 0.0;
}

fn carry_cell(row: u32, unit: u32, gradient: f32) {}

fn retreat(time: u32, row: u32, unit: u32, inputs: Inputs, hidden_gradient: f32, cell_gradient: f32) -> Gradients {
  let update = inputs.gates.x;
  let reset = inputs.gates.y;
  let candidate = inputs.gates.z;
  var into_candidate = hidden_gradient * (1.0 - update) * (1.0 - candidate * candidate);
  var gradients = Gradients(
    hidden_gradient * update,
    0.0,
    vec4f(
      hidden_gradient * (inputs.hidden_before - candidate) * gate_slope(update),
      into_candidate * inputs.candidate * gate_slope(reset),
      into_candidate * reset,
      0.0,
    ),
  );
  if (inputs.is_padding) {
    into_candidate = 0.0;
    gradients = Gradients(hidden_gradient, 0.0, vec4f());
  }
  let gate = gate_place(time, row, unit);
  arena[gate] = gradients.gates.x;
  arena[gate + 2u * hidden_size] = into_candidate;
  if (is_reset_after == 1u) {
    arena[gate + hidden_size] = gradients.gates.y;
    arena[operands.candidate + cell_place(time, row, unit)] = gradients.gates.z;
  } else if (inputs.is_padding) {
    arena[gate + hidden_size] = 0.0;
    arena[operands.candidate + cell_place(time, row, unit)] = 0.0;
  }
  return Gradients(gradients.hidden, 0.0, select(vec4f(gradients.gates.x, 0.0, into_candidate, 0.0), gradients.gates, is_reset_after == 1u));
}

/**
 * Reset before, the second half, from the gradient of the reset state: the gradient of the reset gate, and what goes on to the
 * state before. Of padding both are zero, as the gate is set to zero there.
 */
fn retreat_from_reset_state(time: u32, row: u32, unit: u32, reset: f32, hidden_before: f32, gradient: f32) -> vec2f {
  let into_reset = gradient * hidden_before * gate_slope(reset);
  arena[gate_place(time, row, unit) + hidden_size] = into_reset;
  return vec2f(into_reset, gradient * reset);
}
