struct Operands {
  values: u32,
  length: u32,
  squared_norm: u32,
  limit: f32,
  margin: f32,
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let squared = arena[operands.squared_norm];
  let norm = sqrt(squared) + operands.margin;
  // A norm that is no finite number says nothing to scale by; left as they are, the values show where it comes from.
  if (norm <= operands.limit || !is_finite(squared)) {
    return;
  }
  let factor = operands.limit / norm;
  for (var i = id.x; i < operands.length; i += groups.x * 256u) {
    arena[operands.values + i] *= factor;
  }
}
