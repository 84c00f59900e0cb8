// A step of a loop, forwards, that takes one product, within a whole loop.

fn weight_place_0(k: u32, column: u32) -> u32 {
  return weight_place(k, column);
}

fn step_0(time: u32, tile_row: u32, row: u32, unit: u32, inputs: StepInputs, before: State) -> State {
  var products: vec4f;
  // for $g < product_gates
  products[$g] = product_0(tile_row, $g * hidden_size + unit);
  // end
  let after = advance(time, row, unit, inputs, products, before);
  set_left_0(tile_row, unit, after.hidden);
  return after;
}
