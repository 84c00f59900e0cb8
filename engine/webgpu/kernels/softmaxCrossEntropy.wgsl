struct Operands {
  logits: u32,
  logits_row_stride: u32,
  classes: u32,
  weights: u32,
  // Where the sum of the weights is.
  weight_sum: u32,
  row_losses: u32,
  gradient: u32,
  gradient_row_stride: u32,
  rows: u32,
  columns: u32,
}

const lowest = -3.4028234e38;

fn do_row(row: u32, columns: u32, local: u32, lane: u32) {
  let logits = operands.logits + row * operands.logits_row_stride;
  let gradient = operands.gradient + row * operands.gradient_row_stride;
  let share = share_of(row);
  // Subtracting the largest logit keeps the exponentials finite and changes no probability.
  var largest = lowest;
  for (var j = lane; j < columns; j += lanes) {
    largest = max(largest, arena[logits + j]);
  }
  largest = largest_of_lanes(local, largest);
  var sum = 0.0;
  for (var j = lane; j < columns; j += lanes) {
    sum += exp_of(arena[logits + j] - largest);
  }
  sum = sum_of_lanes(local, sum);
  if (row >= operands.rows) {
    return;
  }
  if (share == 0.0) {
    for (var j = lane; j < columns; j += lanes) {
      arena[gradient + j] = 0.0;
    }
    if (lane == 0u) {
      arena[operands.row_losses + row] = 0.0;
    }
    return;
  }
  let right_answer = u32(arena[operands.classes + row]);
  for (var j = lane; j < columns; j += lanes) {
    let probability = exp_of(arena[logits + j] - largest) / sum;
    arena[gradient + j] = (probability - select(0.0, 1.0, j == right_answer)) * share;
  }
  if (lane == 0u) {
    arena[operands.row_losses + row] = log(sum) + largest - arena[logits + right_answer];
  }
}
