struct Operands {
  left: u32,
  left_row_stride: u32,
  right: u32,
  right_row_stride: u32,
  dots: u32,
  rows: u32,
  columns: u32,
}

fn do_row(row: u32, columns: u32, local: u32, lane: u32) {
  var sum = 0.0;
  for (var j = lane; j < columns; j += lanes) {
    sum += arena[operands.left + row * operands.left_row_stride + j] * arena[operands.right + row * operands.right_row_stride + j];
  }
  sum = sum_of_lanes(local, sum);
  if (row < operands.rows && lane == 0u) {
    arena[operands.dots + row] = sum;
  }
}
