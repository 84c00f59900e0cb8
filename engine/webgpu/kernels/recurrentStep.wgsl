// A product of a step in tiles of sequences and units, all columns of a unit in one invocation, which then finishes the unit.
const tile_units = 16u;
const tile_row_groups = 16u;
const tile_rows = tile_row_groups * rows_of_invocation;
const tile_inner = 32u;
const invocations = tile_units * tile_row_groups;

var<workgroup> left_tile: array<f32, tile_rows * tile_inner>;
var<workgroup> weight_tile: array<Products, tile_inner * tile_units>;
var<workgroup> squares: array<f32, invocations>;

@compute @workgroup_size(tile_units, tile_row_groups)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let first_unit = group.x * tile_units;
  let first_row = group.y * tile_rows;
  var sums: array<Products, rows_of_invocation>;
  let length = operands.has_product * inner;
  for (var start = 0u; start < length; start += tile_inner) {
    for (var i = index; i < tile_rows * tile_inner; i += invocations) {
      let row = first_row + i / tile_inner;
      let k = start + i % tile_inner;
      var value = 0.0;
      if (row < operands.batch && k < inner) {
        value = arena[left_place(row, k)];
      }
      left_tile[i] = value;
    }
    for (var i = index; i < tile_inner * tile_units; i += invocations) {
      let k = start + i / tile_units;
      let unit = first_unit + i % tile_units;
      var weights = Products();
      if (k < inner && unit < units) {
        weights = weights_of(k, unit);
      }
      weight_tile[i] = weights;
    }
    workgroupBarrier();
    for (var k = 0u; k < tile_inner; k++) {
      let weights = weight_tile[k * tile_units + local.x];
      // for $r < rows_of_invocation
      sums[$r] += left_tile[(local.y + $r * tile_row_groups) * tile_inner + k] * weights;
      // end
    }
    workgroupBarrier();
  }
  let unit = first_unit + local.x;
  var squared = 0.0;
  // for $r < rows_of_invocation
  {
    let row = first_row + local.y + $r * tile_row_groups;
    if (unit < units && row < operands.batch) {
      squared += finish(row, unit, widened(sums[$r]));
    }
  }
  // end
  if (has_squared_norms == 1u) {
    squares[index] = squared;
    workgroupBarrier();
    if (index == 0u) {
      var sum = 0.0;
      for (var i = 0u; i < invocations; i++) {
        sum += squares[i];
      }
      arena[operands.squared_norms + group.y * groups.x + group.x] = sum;
    }
  }
}
