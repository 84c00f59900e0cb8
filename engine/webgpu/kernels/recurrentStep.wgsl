// A product of a step in tiles of sequences and units, all columns of a unit in one invocation, which then finishes the unit.
// Four neighbouring numbers of the inner dimension are taken at once. The next tiles are asked for before these are multiplied,
// and what a unit is finished with before any.
const tile_units = 16u;
const tile_row_groups = 16u;
const tile_rows = tile_row_groups * rows_of_invocation;
const tile_fours = 8u;
const tile_inner = 4u * tile_fours;
const invocations = tile_units * tile_row_groups;
const left_length = tile_rows * tile_fours;
const weights_length = weights_of_four * tile_fours * tile_units;

var<workgroup> left_tile: array<vec4f, left_length>;
var<workgroup> weight_tile: array<Weights, weights_length>;
var<workgroup> squares: array<f32, most_squares>;

// Past an edge the last number is read and not taken, which lets reads follow each other without a branch.

fn left_at(row: u32, k: u32) -> f32 {
  let left = arena[left_place(min(row, operands.batch - 1u), min(k, inner - 1u))];
  return select(0.0, left, row < operands.batch && k < inner);
}

fn four_lefts(row: u32, k: u32) -> vec4f {
  return vec4f(left_at(row, k), left_at(row, k + 1u), left_at(row, k + 2u), left_at(row, k + 3u));
}

fn weight_at(k: u32, lane: u32, unit: u32) -> f32 {
  return select(0.0, weight(min(k, inner - 1u), lane, min(unit, units - 1u)), k < inner && unit < units);
}

@compute @workgroup_size(tile_units, tile_row_groups)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  let first_unit = group.x * tile_units;
  let unit = first_unit + local.x;
  let first_row = group.y * tile_rows;
  var sums = array<Products, rows_of_invocation>();
  // for $r < rows_of_invocation
  let row_$r = first_row + local.y + $r * tile_row_groups;
  // Past an edge, what belongs to the last row and unit, and is not used.
  let inputs_$r = step_inputs(min(row_$r, operands.batch - 1u), min(unit, units - 1u));
  // end
  var lefts = array<vec4f, left_loads>();
  var weights = array<Weights, weight_loads>();
  let length = operands.has_product * inner;
  for (var start = 0u; start < length + tile_inner; start += tile_inner) {
    // What was asked for in the round before.
    if (start > 0u) {
      // for $i < left_loads
      if (index + $i * invocations < left_length) {
        left_tile[index + $i * invocations] = lefts[$i];
      }
      // end
      // for $i < weight_loads
      if (index + $i * invocations < weights_length) {
        weight_tile[index + $i * invocations] = weights[$i];
      }
      // end
    }
    workgroupBarrier();
    if (start < length) {
      // for $i < left_loads
      lefts[$i] = four_lefts(
        first_row + (index + $i * invocations) / tile_fours,
        start + 4u * ((index + $i * invocations) % tile_fours),
      );
      // end
      // for $i < weight_loads
      weights[$i] = weights_at(
        start + (index + $i * invocations) / tile_units * (4u / weights_of_four),
        first_unit + (index + $i * invocations) % tile_units,
      );
      // end
    }
    if (start > 0u) {
      for (var four = 0u; four < tile_fours; four++) {
        let block = block_at(four, local.x);
        // for $r < rows_of_invocation
        sums[$r] += product(block, left_tile[(local.y + $r * tile_row_groups) * tile_fours + four]);
        // end
      }
    }
    workgroupBarrier();
  }
  var squared = 0.0;
  // for $r < rows_of_invocation
  if (unit < units && row_$r < operands.batch) {
    squared += finish(row_$r, unit, inputs_$r, widened(sums[$r]));
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
