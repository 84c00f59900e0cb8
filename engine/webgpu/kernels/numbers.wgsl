// Functions of single numbers that neither overflow nor hide what is not a number: compilers may assume that there is none.

fn is_finite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// Some adapters give 0 for the exponential of what is not a number.
fn exp_of(x: f32) -> f32 {
  return select(exp(x), x, is_nan(x));
}

// Not the built-in one, of which drivers make what they like: exponentials that overflow, or none that are exact near 0, where the
// quotient loses digits and the first terms of the series are all there is to it.
fn tanh_of(x: f32) -> f32 {
  let shrunk = exp_of(-2.0 * abs(x));
  let square = x * x;
  let series = x * (1.0 + square * (-1.0 / 3.0 + square * (2.0 / 15.0)));
  return select(sign(x) * (1.0 - shrunk) / (1.0 + shrunk), series, abs(x) < 0.1);
}

fn sigmoid_of(x: f32) -> f32 {
  let shrunk = exp_of(-abs(x));
  return select(1.0, shrunk, x < 0.0) / (1.0 + shrunk);
}

// A comparison alone may be compiled to the larger of both, which is 0 of what is not a number.
fn relu_of(x: f32) -> f32 {
  return select(select(x, 0.0, x < 0.0), x, is_nan(x));
}
