struct Operands {
  parameters: u32,
  gradients: u32,
  first_moment: u32,
  second_moment: u32,
  length: u32,
  step_size: f32,
  beta1: f32,
  beta2: f32,
  // 1 − beta1 and 1 − beta2, which 32 bits would not subtract well.
  renewal1: f32,
  renewal2: f32,
  second_moment_scale: f32,
  epsilon: f32,
  decay_into_gradient: f32,
  kept: f32,
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.length; i += groups.x * 256u) {
    let parameter = arena[operands.parameters + i];
    let gradient = arena[operands.gradients + i] + operands.decay_into_gradient * parameter;
    let first = operands.beta1 * arena[operands.first_moment + i] + operands.renewal1 * gradient;
    let second = operands.beta2 * arena[operands.second_moment + i] + operands.renewal2 * gradient * gradient;
    arena[operands.first_moment + i] = first;
    arena[operands.second_moment + i] = second;
    arena[operands.parameters + i] =
      operands.kept * parameter - operands.step_size * first / (sqrt(second) * operands.second_moment_scale + operands.epsilon);
  }
}
