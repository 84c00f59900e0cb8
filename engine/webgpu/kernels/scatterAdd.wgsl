// Adds rows to the rows of a table that their indices name. A workgroup takes a block of the table's rows, looks through the indices,
// and adds those of its block in their order: each number of the table is one invocation's. Where a table has few blocks, the indices are
// split into parts, each with a table of its own in scratch, which `sumParts` adds up.
struct Operands {
  table: u32,
  table_row_stride: u32,
  table_rows: u32,
  columns: u32,
  indices: u32,
  count: u32,
  gradient: u32,
  gradient_row_stride: u32,
  // Rows of a block, and indices of a part.
  block_rows: u32,
  part_count: u32,
  // From the table of one part to the next.
  part_stride: u32,
}

const threads = 256u;
/** As many invocations share the columns of a row; the others have other rows. */
const row_classes = threads / column_lanes;
const no_row = 0xffffffffu;

/** The row in the block that each index of a chunk names. */
var<workgroup> chunk: array<u32, threads>;

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_row = group.x * operands.block_rows;
  let rows = min(operands.block_rows, operands.table_rows - first_row);
  let block = operands.table + group.y * operands.part_stride + first_row * operands.table_row_stride;
  let lane = local % column_lanes;
  let row_class = local / column_lanes;
  if (starts_from_zero == 1u) {
    for (var row = row_class; row < rows; row += row_classes) {
      for (var j = lane; j < operands.columns; j += column_lanes) {
        arena[block + row * operands.table_row_stride + j] = 0.0;
      }
    }
  }
  let part_end = min(operands.count, (group.y + 1u) * operands.part_count);
  for (var start = group.y * operands.part_count; start < part_end; start += threads) {
    var named = no_row;
    if (start + local < part_end) {
      let index = u32(arena[operands.indices + start + local]);
      if (index >= first_row && index - first_row < rows) {
        named = index - first_row;
      }
    }
    chunk[local] = named;
    workgroupBarrier();
    let chunk_length = min(threads, part_end - start);
    for (var i = 0u; i < chunk_length; i++) {
      let row = chunk[i];
      if (row == no_row || row % row_classes != row_class) {
        continue;
      }
      for (var j = lane; j < operands.columns; j += column_lanes) {
        arena[block + row * operands.table_row_stride + j] += arena[operands.gradient + (start + i) * operands.gradient_row_stride + j];
      }
    }
    workgroupBarrier();
  }
}
