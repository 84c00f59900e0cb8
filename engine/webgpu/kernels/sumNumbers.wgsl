// Sums the numbers of a stretch, or their squares: each workgroup those of one part, in an order that is always the same.
struct Operands {
  values: u32,
  length: u32,
  // Of one part.
  part_length: u32,
  sums: u32,
}

const threads = 256u;

var<workgroup> of_threads: array<f32, threads>;

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let part_end = min(operands.length, (group.x + 1u) * operands.part_length);
  var sum = 0.0;
  for (var i = group.x * operands.part_length + local; i < part_end; i += threads) {
    let value = arena[operands.values + i];
    sum += select(value, value * value, squares == 1u);
  }
  of_threads[local] = sum;
  workgroupBarrier();
  for (var apart = threads / 2u; apart > 0u; apart /= 2u) {
    if (local < apart) {
      of_threads[local] += of_threads[local + apart];
    }
    workgroupBarrier();
  }
  if (local == 0u) {
    arena[operands.sums + group.x] = of_threads[0];
  }
}
