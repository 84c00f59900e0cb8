// Sums over the rows of a matrix, or of the products of two, for each column: a tile of columns a workgroup, its invocations along the
// rows. Where rows are many, they are split into parts, which `sumParts` adds up.
struct Operands {
  left: u32,
  left_row_stride: u32,
  right: u32,
  right_row_stride: u32,
  dots: u32,
  rows: u32,
  columns: u32,
  // Rows of one part; parts lie in the result one after another.
  part_rows: u32,
}

const threads = 256u;
const lanes = threads / tile_columns;

var<workgroup> of_lanes: array<f32, threads>;

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = group.x * tile_columns + local % tile_columns;
  let part_end = min(operands.rows, (group.y + 1u) * operands.part_rows);
  var sum = 0.0;
  if (column < operands.columns) {
    for (var row = group.y * operands.part_rows + local / tile_columns; row < part_end; row += lanes) {
      var value = arena[operands.left + row * operands.left_row_stride + column];
      if (has_right == 1u) {
        value *= arena[operands.right + row * operands.right_row_stride + column];
      }
      sum += value;
    }
  }
  of_lanes[local] = sum;
  workgroupBarrier();
  for (var apart = threads / 2u; apart >= tile_columns; apart /= 2u) {
    if (local < apart) {
      of_lanes[local] += of_lanes[local + apart];
    }
    workgroupBarrier();
  }
  if (local < tile_columns && column < operands.columns) {
    arena[operands.dots + group.y * operands.columns + column] = of_lanes[local];
  }
}
