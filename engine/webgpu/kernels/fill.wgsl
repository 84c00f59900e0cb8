struct Operands {
  target_offset: u32,
  length: u32,
  value: f32,
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.length; i += groups.x * 256u) {
    arena[operands.target_offset + i] = operands.value;
  }
}
