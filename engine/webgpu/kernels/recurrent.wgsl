// What the loops of all recurrent cells share. Rows are sequences; blocks are [batch, …], one a time step in the order of time.

struct Operands {
  time_steps: u32,
  batch: u32,
  // 1 where the loop visits its steps from the last to the first.
  is_reversed: u32,

  // Where a dispatch is one step: the step, and the one whose gradients backward takes the product of, if there is one.
  time: u32,
  later_time: u32,
  has_product: u32,
  // 0 for the last dispatch backward, which has the product alone: the gradient of the state it all starts from.
  has_step: u32,

  gates: u32,
  previous_hidden: u32,
  hidden: u32,
  // Backward: transposed.
  weights: u32,
  candidate_weights: u32,
  output_gradient: u32,
  hidden_gradient: u32,
  mask: u32,
  previous_cell: u32,
  cell: u32,
  cell_gradient: u32,
  candidate: u32,
  peepholes: u32,
  unprojected: u32,
  projection_weights: u32,
  state_gradients: u32,
  // Where squared norms of this dispatch go, one for each workgroup, or for each step and workgroup.
  squared_norms: u32,

  hard_sigmoid_slope: f32,
}

/** What a cell hands to its next step; `cell` is an LSTM's alone. */
struct State {
  hidden: f32,
  cell: f32,
}

/** What a step hands to the one before it besides the recurrent product of `gates`, the gradients of what went into them. */
struct Gradients {
  hidden: f32,
  cell: f32,
  gates: vec4f,
}

fn gate_value(x: f32) -> f32 {
  if (has_hard_sigmoid == 0u) {
    return sigmoid_of(x);
  }
  let y = operands.hard_sigmoid_slope * x + 0.5;
  return select(clamp(y, 0.0, 1.0), y, is_nan(y));
}

/** The derivative of a gate where its value is `y`. */
fn gate_slope(y: f32) -> f32 {
  if (has_hard_sigmoid == 0u) {
    return y * (1.0 - y);
  }
  return select(0.0, operands.hard_sigmoid_slope, y > 0.0 && y < 1.0);
}

fn is_padding(time: u32, row: u32) -> bool {
  if (has_mask == 0u) {
    return false;
  }
  return arena[operands.mask + time * operands.batch + row] == 0.0;
}

/** Places of a unit in blocks of states, of cells, and of gates: its first gate, the others follow `hidden_size` apart. */
fn state_place(time: u32, row: u32, unit: u32) -> u32 {
  return (time * operands.batch + row) * state_width + unit;
}

fn cell_place(time: u32, row: u32, unit: u32) -> u32 {
  return (time * operands.batch + row) * hidden_size + unit;
}

fn gate_place(time: u32, row: u32, unit: u32) -> u32 {
  return operands.gates + (time * operands.batch + row) * gate_count * hidden_size + unit;
}

fn output_gradient_of(time: u32, row: u32, unit: u32) -> f32 {
  if (has_output_gradient == 0u) {
    return 0.0;
  }
  return arena[operands.output_gradient + state_place(time, row, unit)];
}
