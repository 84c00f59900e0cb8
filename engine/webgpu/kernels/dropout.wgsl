struct Operands {
  source: u32,
  target_offset: u32,
  length: u32,
  // Bits below it drop their number.
  threshold: u32,
  key: u32,
  first_place: u32,
  places_length: u32,
  places_stride: u32,
  scale: f32,
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.length; i += groups.x * 256u) {
    let place = operands.first_place + i / operands.places_length * operands.places_stride + i % operands.places_length;
    let is_kept = random_bits(place, operands.key) >= operands.threshold;
    arena[operands.target_offset + i] = select(0.0, arena[operands.source + i] * operands.scale, is_kept);
  }
}
