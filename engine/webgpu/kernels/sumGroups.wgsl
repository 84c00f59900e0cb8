// Sums of what workgroups found, one for each of `sums` stretches.
struct Operands {
  source: u32,
  length: u32,
  sums: u32,
  sums_offset: u32,
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= operands.sums) {
    return;
  }
  var sum = 0.0;
  for (var i = 0u; i < operands.length; i++) {
    sum += arena[operands.source + id.x * operands.length + i];
  }
  arena[operands.sums_offset + id.x] = sum;
}
