struct Operands {
  parameters: u32,
  gradients: u32,
  velocity: u32,
  length: u32,
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
    let push = (arena[operands.gradients + i] + operands.decay_into_gradient * parameter) * operands.into_velocity;
    var step = push;
    if (has_velocity == 1u) {
      let moved = operands.momentum * arena[operands.velocity + i] + push;
      arena[operands.velocity + i] = moved;
      step = select(moved, operands.momentum * moved + push, is_nesterov == 1u);
    }
    arena[operands.parameters + i] = operands.kept * parameter - operands.into_parameters * step;
  }
}
