// Gradients of an LSTM's peepholes, from those of what went into its gates: sums over all steps and sequences.
struct Operands {
  rows: u32,
  gates: u32,
  previous_cell: u32,
  cell: u32,
  gradients: u32,
}

const tile_units = 16u;
const tile_rows = 16u;

var<workgroup> sums: array<f32, tile_units * tile_rows>;

@compute @workgroup_size(tile_units, tile_rows)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let unit = group.x * tile_units + local.x;
  // Input and forget see the cell before, the output gate, which comes after the candidate, the cell itself.
  let column = select(group.y, 3u, group.y == 2u) * hidden_size + unit;
  let cells = select(operands.previous_cell, operands.cell, group.y == 2u);
  var sum = 0.0;
  if (unit < hidden_size) {
    for (var row = local.y; row < operands.rows; row += tile_rows) {
      sum += arena[operands.gates + row * 4u * hidden_size + column] * arena[cells + row * hidden_size + unit];
    }
  }
  sums[local.y * tile_units + local.x] = sum;
  workgroupBarrier();
  if (local.y == 0u && unit < hidden_size) {
    for (var i = 1u; i < tile_rows; i++) {
      sum += sums[i * tile_units + local.x];
    }
    arena[operands.gradients + group.y * hidden_size + unit] = sum;
  }
}
