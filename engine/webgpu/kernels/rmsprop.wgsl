struct Operands {
  parameters: u32,
  gradients: u32,
  mean_square: u32,
  mean_gradient: u32,
  velocity: u32,
  length: u32,
  decay: f32,
  // 1 − decay, which 32 bits would not subtract well.
  renewal: f32,
  epsilon_in_root: f32,
  epsilon_after_root: f32,
  momentum: f32,
  into_velocity: f32,
  into_parameters: f32,
  decay_into_gradient: f32,
  kept: f32,
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.length; i += groups.x * 256u) {
    let parameter = arena[operands.parameters + i];
    let gradient = arena[operands.gradients + i] + operands.decay_into_gradient * parameter;
    let square = operands.decay * arena[operands.mean_square + i] + operands.renewal * gradient * gradient;
    arena[operands.mean_square + i] = square;
    var variance = square;
    if (has_mean_gradient == 1u) {
      let centre = operands.decay * arena[operands.mean_gradient + i] + operands.renewal * gradient;
      arena[operands.mean_gradient + i] = centre;
      // Rounding may leave a variance of almost nothing below zero.
      let around = square - centre * centre;
      variance = select(around, 0.0, around < 0.0);
    }
    let push = operands.into_velocity * gradient / (sqrt(variance + operands.epsilon_in_root) + operands.epsilon_after_root);
    var step = push;
    if (has_velocity == 1u) {
      step = operands.momentum * arena[operands.velocity + i] + push;
      arena[operands.velocity + i] = step;
    }
    arena[operands.parameters + i] = operands.kept * parameter - operands.into_parameters * step;
  }
}
