// The second half of a step of the GRU with reset before, backwards, within a whole loop.

fn weight_place_1(k: u32, column: u32) -> u32 {
  return weight_place(2u * hidden_size + k, column);
}

fn step_1(time: u32, tile_row: u32, row: u32, unit: u32, inputs: StepInputs, carried: State) -> State {
  let reset = select(inputs.cell.gates.y, 0.0, inputs.cell.is_padding);
  let gradients =
    retreat_from_reset_state(time, row, unit, reset, inputs.cell.hidden_before, product_1(tile_row, unit));
  set_left_0(tile_row, hidden_size + unit, gradients.x);
  return State(carried.hidden + gradients.y, 0.0);
}
