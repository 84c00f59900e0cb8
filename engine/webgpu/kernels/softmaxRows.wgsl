struct Operands {
  scores: u32,
  row_stride: u32,
  rows: u32,
  columns: u32,
  rows_of_sequence: u32,
  sequences: u32,
  counted_columns: u32,
  causal_period: u32,
}

const lowest = -3.4028234e38;

fn counts(row: u32, column: u32) -> bool {
  if (is_causal == 1u && column > row % operands.causal_period) {
    return false;
  }
  if (has_counted_columns == 0u) {
    return true;
  }
  return arena[operands.counted_columns + column * operands.sequences + row / operands.rows_of_sequence] != 0.0;
}

fn do_row(row: u32, columns: u32, local: u32, lane: u32) {
  let start = operands.scores + row * operands.row_stride;
  var largest = lowest;
  for (var j = lane; j < columns; j += lanes) {
    if (counts(row, j)) {
      largest = max(largest, arena[start + j]);
    }
  }
  largest = largest_of_lanes(local, largest);
  var sum = 0.0;
  for (var j = lane; j < columns; j += lanes) {
    var exponential = 0.0;
    if (counts(row, j)) {
      exponential = exp_of(arena[start + j] - largest);
    }
    arena[start + j] = exponential;
    sum += exponential;
  }
  sum = sum_of_lanes(local, sum);
  // Each lane reads what it wrote.
  let inverse = select(1.0 / sum, 1.0, sum == 0.0);
  for (var j = lane; j < columns; j += lanes) {
    arena[start + j] *= inverse;
  }
}
