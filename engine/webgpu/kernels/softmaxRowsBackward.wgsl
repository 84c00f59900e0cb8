struct Operands {
  weights: u32,
  weights_row_stride: u32,
  gradient: u32,
  gradient_row_stride: u32,
  rows: u32,
  columns: u32,
}

fn do_row(row: u32, columns: u32, local: u32, lane: u32) {
  let weights = operands.weights + row * operands.weights_row_stride;
  let gradient = operands.gradient + row * operands.gradient_row_stride;
  var sum = 0.0;
  for (var j = lane; j < columns; j += lanes) {
    sum += arena[weights + j] * arena[gradient + j];
  }
  sum = sum_of_lanes(local, sum);
  for (var j = lane; j < columns; j += lanes) {
    arena[gradient + j] = arena[weights + j] * (arena[gradient + j] - sum);
  }
}
