// What operations on whole rows share: `lanes` invocations take a row together, and as many rows at once as a workgroup has room
// for. The source that follows declares `Operands` with `rows` and `columns`, and `do_row`.
const threads = 256u;
var<workgroup> of_lanes: array<f32, threads>;

/** Adds what the lanes of a row hold, always in the same order. All invocations of the workgroup call it together. */
fn sum_of_lanes(local: u32, value: f32) -> f32 {
  of_lanes[local] = value;
  workgroupBarrier();
  for (var apart = lanes / 2u; apart > 0u; apart /= 2u) {
    if (local % lanes < apart) {
      of_lanes[local] += of_lanes[local + apart];
    }
    workgroupBarrier();
  }
  let sum = of_lanes[local - local % lanes];
  workgroupBarrier();
  return sum;
}

fn largest_of_lanes(local: u32, value: f32) -> f32 {
  of_lanes[local] = value;
  workgroupBarrier();
  for (var apart = lanes / 2u; apart > 0u; apart /= 2u) {
    if (local % lanes < apart) {
      of_lanes[local] = max(of_lanes[local], of_lanes[local + apart]);
    }
    workgroupBarrier();
  }
  let largest = of_lanes[local - local % lanes];
  workgroupBarrier();
  return largest;
}

@compute @workgroup_size(threads)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let rows_at_once = threads / lanes;
  for (var first = group.x * rows_at_once; first < operands.rows; first += groups.x * rows_at_once) {
    let row = first + local / lanes;
    // Invocations without a row still take part in the barriers: they have one without columns.
    do_row(row, select(0u, operands.columns, row < operands.rows), local, local % lanes);
  }
}
