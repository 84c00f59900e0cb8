// How much each row counts in a mean: its weight as a share of all weights, 0 for all where nothing counts.
fn share_of(row: u32) -> f32 {
  if (row >= operands.rows) {
    return 0.0;
  }
  if (has_weights == 0u) {
    return 1.0 / f32(operands.rows);
  }
  let sum = arena[operands.weight_sum];
  return select(arena[operands.weights + row] / sum, 0.0, sum == 0.0);
}
