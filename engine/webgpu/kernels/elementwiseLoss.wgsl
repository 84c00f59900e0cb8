struct Operands {
  predictions: u32,
  predictions_row_stride: u32,
  targets: u32,
  targets_row_stride: u32,
  weights: u32,
  // Where the sum of the weights is.
  weight_sum: u32,
  row_losses: u32,
  gradient: u32,
  gradient_row_stride: u32,
  rows: u32,
  columns: u32,
}

const mean_squared_error = 0u;
const mean_absolute_error = 1u;
const huber = 2u;

/** What one number loses, and the derivative with respect to its prediction. */
fn loss_and_slope(prediction: f32, right_answer: f32) -> vec2f {
  let difference = prediction - right_answer;
  if (loss == mean_squared_error) {
    return vec2f(difference * difference, 2.0 * difference);
  }
  if (loss == mean_absolute_error) {
    return vec2f(abs(difference), sign(difference));
  }
  if (loss == huber) {
    if (abs(difference) <= 1.0) {
      return vec2f(difference * difference / 2.0, difference);
    }
    return vec2f(abs(difference) - 0.5, sign(difference));
  }
  // Binary cross-entropy of logits, without the exponential of a positive number.
  let positive = select(prediction, 0.0, prediction < 0.0);
  return vec2f(
    positive - prediction * right_answer + log(1.0 + exp_of(-abs(prediction))),
    sigmoid_of(prediction) - right_answer,
  );
}

fn do_row(row: u32, columns: u32, local: u32, lane: u32) {
  let share = share_of(row);
  let width = f32(operands.columns);
  var sum = 0.0;
  for (var j = lane; j < columns; j += lanes) {
    var both = vec2f();
    if (share != 0.0) {
      both = loss_and_slope(
        arena[operands.predictions + row * operands.predictions_row_stride + j],
        arena[operands.targets + row * operands.targets_row_stride + j],
      );
    }
    sum += both.x;
    arena[operands.gradient + row * operands.gradient_row_stride + j] = both.y * share / width;
  }
  sum = sum_of_lanes(local, sum);
  if (row < operands.rows && lane == 0u) {
    arena[operands.row_losses + row] = sum / width;
  }
}
