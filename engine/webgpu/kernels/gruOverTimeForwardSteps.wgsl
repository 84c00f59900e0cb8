// The two halves of a step of the GRU with reset before, within a whole loop.

fn weight_place_0(k: u32, column: u32) -> u32 {
  return weight_place(k, column);
}

fn weight_place_1(k: u32, column: u32) -> u32 {
  return weight_place(k, 2u * hidden_size + column);
}

/** Hands the update gate on where other cells have their cell state. */
fn step_0(time: u32, tile_row: u32, row: u32, unit: u32, inputs: StepInputs, before: State) -> State {
  let products = vec4f(product_0(tile_row, unit), product_0(tile_row, hidden_size + unit), 0.0, 0.0);
  let opened = reset_state(time, row, unit, inputs, products, before);
  set_left_1(tile_row, unit, opened.reset_state);
  return State(before.hidden, opened.update);
}

fn step_1(time: u32, tile_row: u32, row: u32, unit: u32, inputs: StepInputs, before: State) -> State {
  let after = advance_from_product(time, row, unit, inputs, product_1(tile_row, unit), before.cell, before);
  set_left_0(tile_row, unit, after.hidden);
  return after;
}
