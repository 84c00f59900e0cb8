// A whole loop for a tile of sequences in one workgroup. Recurrent weights stay in registers, four neighbouring columns of a
// slice of the rows in each invocation; what they are multiplied by, and what the slices give, is in workgroup memory. Some cells
// take a second product in each step.

// for $p < products
// Slices lie one further apart than they are long, so that invocations with different ones read from different banks.
const left_stride_$p = parts_$p * (slice_$p + 1u);
var<workgroup> left_$p: array<f32, tile * left_stride_$p>;

fn set_left_$p(row: u32, k: u32, value: f32) {
  left_$p[row * left_stride_$p + k + k / slice_$p] = value;
}

fn columns_at_$p(k: u32, column: u32) -> vec4f {
  return vec4f(
    weight_at_$p(k, column),
    weight_at_$p(k, column + 1u),
    weight_at_$p(k, column + 2u),
    weight_at_$p(k, column + 3u),
  );
}

fn weight_at_$p(k: u32, column: u32) -> f32 {
  let weight = arena[weight_place_$p(min(k, inner_$p - 1u), min(column, columns_$p - 1u))];
  return select(0.0, weight, k < inner_$p && column < columns_$p);
}

fn product_$p(row: u32, column: u32) -> f32 {
  var sum = 0.0;
  for (var part = 0u; part < parts_$p; part++) {
    sum += partial_sums[(part * tile + row) * groups_$p + column / 4u][column % 4u];
  }
  return sum;
}
// end

/** Sums over each slice, of the product that is being taken. */
var<workgroup> partial_sums: array<vec4f, most_partial_sums>;
var<workgroup> squares: array<f32, most_squares>;
/** Of the gradients of the states that this invocation has seen in a step. */
var<private> squared: f32;

fn time_of(visit: u32) -> u32 {
  return select(visit, operands.time_steps - 1u - visit, goes_back != operands.is_reversed);
}

@compute @workgroup_size(invocations)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) index: u32,
) {
  // for $p < products
  let group_$p = index % groups_$p;
  let part_$p = index / groups_$p;
  var weights_$p: array<vec4f, slice_$p>;
  // for $i < slice_$p
  weights_$p[$i] = columns_at_$p(part_$p * slice_$p + $i, 4u * group_$p);
  // end
  // end

  // Each invocation has the same units of the same sequences at every step.
  // for $m < items
  let tile_row_$m = (index + $m * invocations) / hidden_size;
  let unit_$m = (index + $m * invocations) % hidden_size;
  let row_$m = group.x * tile + tile_row_$m;
  let is_item_$m = tile_row_$m < tile && row_$m < operands.batch;
  var carried_$m: State;
  var inputs_$m: StepInputs;
  if (is_item_$m) {
    carried_$m = begin(tile_row_$m, row_$m, unit_$m);
    inputs_$m = step_inputs(time_of(0), row_$m, unit_$m);
  }
  // end

  for (var visit = 0u; visit < operands.time_steps + goes_back; visit++) {
    let is_step = visit < operands.time_steps;
    let time = time_of(min(visit, operands.time_steps - 1u));
    // Memory is slow: what the next step reads is asked for before this one is computed.
    let next_time = time_of(min(visit + 1u, operands.time_steps - 1u));
    // for $m < items
    var next_inputs_$m = inputs_$m;
    if (is_item_$m) {
      next_inputs_$m = step_inputs(next_time, row_$m, unit_$m);
    }
    // end
    squared = 0.0;
    // for $p < products
    workgroupBarrier();
    if (part_$p < parts_$p) {
      let first_$p = part_$p * (slice_$p + 1u);
      // Compilers have been seen to clear what is declared in a loop once only.
      var sums = array<vec4f, tile>();
      // for $i < slice_$p
      // for $r < tile
      sums[$r] += weights_$p[$i] * left_$p[$r * left_stride_$p + first_$p + $i];
      // end
      // end
      // for $r < tile
      partial_sums[(part_$p * tile + $r) * groups_$p + group_$p] = sums[$r];
      // end
    }
    workgroupBarrier();
    // for $m < items
    if (is_item_$m) {
      if (is_step) {
        carried_$m = step_$p(time, tile_row_$m, row_$m, unit_$m, inputs_$m, carried_$m);
      } else if ($p == 0) {
        end(tile_row_$m, row_$m, unit_$m, carried_$m);
      }
    }
    // end
    // end
    // for $m < items
    inputs_$m = next_inputs_$m;
    // end
    if (has_squared_norms == 1u) {
      squares[index] = squared;
      workgroupBarrier();
      if (index == 0u && is_step) {
        var sum = 0.0;
        for (var i = 0u; i < invocations; i++) {
          sum += squares[i];
        }
        arena[operands.squared_norms + time * workgroups.x + group.x] = sum;
      }
    }
  }
}
