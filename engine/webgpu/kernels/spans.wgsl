// Operations on the numbers of stretches, one by one; `operation` says which.
struct Operands {
  left: u32,
  right: u32,
  result: u32,
  length: u32,
  factor: f32,
}

const addition = 0u;
const scaling = 1u;
const product = 2u;
const activation_tanh = 3u;
const activation_relu = 4u;
const activation_sigmoid = 5u;
const slope_tanh = 6u;
const slope_relu = 7u;
const slope_sigmoid = 8u;
const inverse_root = 9u;
const unequal = 10u;
const clipping = 11u;
const filling = 12u;

fn value_of(left: f32, i: u32) -> f32 {
  switch operation {
    case addition: {
      return left + arena[operands.right + i];
    }
    case scaling: {
      return left * operands.factor;
    }
    case product: {
      return left * arena[operands.right + i];
    }
    case activation_tanh: {
      return tanh_of(left);
    }
    case activation_relu: {
      return relu_of(left);
    }
    case activation_sigmoid: {
      return sigmoid_of(left);
    }
    // Slopes are in terms of the activated value, on the left, and multiply the gradient on the right.
    case slope_tanh: {
      return (1.0 - left * left) * arena[operands.right + i];
    }
    case slope_relu: {
      return select(0.0, 1.0, left > 0.0) * arena[operands.right + i];
    }
    case slope_sigmoid: {
      return left * (1.0 - left) * arena[operands.right + i];
    }
    case inverse_root: {
      return 1.0 / sqrt(left + operands.factor);
    }
    case unequal: {
      return select(1.0, 0.0, left == operands.factor);
    }
    case clipping: {
      return select(left, clamp(left, -operands.factor, operands.factor), is_finite(left));
    }
    case filling, default: {
      return operands.factor;
    }
  }
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.length; i += groups.x * 256u) {
    arena[operands.result + i] = value_of(arena[operands.left + i], i);
  }
}
