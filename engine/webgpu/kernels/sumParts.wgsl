// Adds up, in order, what the parts of a split operation left in scratch: dense matrices one after another.
struct Operands {
  parts: u32,
  part_count: u32,
  result: u32,
  result_row_stride: u32,
  rows: u32,
  columns: u32,
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let length = operands.rows * operands.columns;
  for (var i = id.x; i < length; i += groups.x * 256u) {
    var sum = 0.0;
    for (var part = 0u; part < operands.part_count; part++) {
      sum += arena[operands.parts + part * length + i];
    }
    let place = operands.result + (i / operands.columns) * operands.result_row_stride + i % operands.columns;
    if (accumulates == 1u) {
      sum += arena[place];
    }
    arena[place] = sum;
  }
}
