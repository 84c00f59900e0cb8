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

// Beyond 10 it is 1 to the last bit, while drivers that divide exponentials overflow further out.
fn tanh_of(x: f32) -> f32 {
  return select(tanh(clamp(x, -10.0, 10.0)), x, is_nan(x));
}

fn sigmoid_of(x: f32) -> f32 {
  let shrunk = exp_of(-abs(x));
  return select(1.0, shrunk, x < 0.0) / (1.0 + shrunk);
}
