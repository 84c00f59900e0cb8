struct Operands {
  standardised: u32,
  standardised_row_stride: u32,
  inverse_deviations: u32,
  gradient: u32,
  gradient_row_stride: u32,
  rows: u32,
  columns: u32,
}

fn do_row(row: u32, columns: u32, local: u32, lane: u32) {
  let values = operands.standardised + row * operands.standardised_row_stride;
  let gradient = operands.gradient + row * operands.gradient_row_stride;
  var sum = 0.0;
  var products = 0.0;
  for (var j = lane; j < columns; j += lanes) {
    sum += arena[gradient + j];
    products += arena[gradient + j] * arena[values + j];
  }
  let mean = sum_of_lanes(local, sum) / f32(operands.columns);
  let slope = sum_of_lanes(local, products) / f32(operands.columns);
  for (var j = lane; j < columns; j += lanes) {
    arena[gradient + j] = arena[operands.inverse_deviations + row] * (arena[gradient + j] - mean - arena[values + j] * slope);
  }
}
