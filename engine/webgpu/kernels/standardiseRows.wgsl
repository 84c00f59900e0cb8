struct Operands {
  source: u32,
  source_row_stride: u32,
  target_offset: u32,
  target_row_stride: u32,
  inverse_deviations: u32,
  rows: u32,
  columns: u32,
  epsilon: f32,
}

fn do_row(row: u32, columns: u32, local: u32, lane: u32) {
  let source = operands.source + row * operands.source_row_stride;
  var sum = 0.0;
  for (var j = lane; j < columns; j += lanes) {
    sum += arena[source + j];
  }
  let mean = sum_of_lanes(local, sum) / f32(operands.columns);
  // Squares around the mean, not the mean of squares, which cancels.
  var squares = 0.0;
  for (var j = lane; j < columns; j += lanes) {
    let difference = arena[source + j] - mean;
    squares += difference * difference;
  }
  let inverse = 1.0 / sqrt(sum_of_lanes(local, squares) / f32(operands.columns) + operands.epsilon);
  for (var j = lane; j < columns; j += lanes) {
    arena[operands.target_offset + row * operands.target_row_stride + j] = (arena[source + j] - mean) * inverse;
  }
  if (row < operands.rows && lane == 0u) {
    arena[operands.inverse_deviations + row] = inverse;
  }
}
