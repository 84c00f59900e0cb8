// Operations that make each number of a matrix from one of another; `operation` says which.
struct Operands {
  source: u32,
  source_row_stride: u32,
  source_column_stride: u32,
  factors: u32,
  target_offset: u32,
  target_row_stride: u32,
  rows: u32,
  columns: u32,
}

const copying = 0u;
const scaling_rows = 1u;
const adding_scaled_columns = 2u;
const gathering = 3u;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.rows * operands.columns; i += groups.x * 256u) {
    let row = i / operands.columns;
    let column = i % operands.columns;
    var source_row = row;
    if (operation == gathering) {
      source_row = u32(arena[operands.factors + row]);
    }
    let place = operands.target_offset + row * operands.target_row_stride + column;
    var value = arena[operands.source + source_row * operands.source_row_stride + column * operands.source_column_stride];
    if (operation == scaling_rows) {
      value *= arena[operands.factors + row];
    }
    if (operation == adding_scaled_columns) {
      value = arena[place] + value * arena[operands.factors + column];
    }
    arena[place] = value;
  }
}
