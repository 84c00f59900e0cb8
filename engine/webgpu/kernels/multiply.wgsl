// The product of two matrices in tiles of its result: an invocation keeps `blocks` × `blocks` blocks of 4 × 4 of its numbers in
// registers, and the rows and columns they are made of go through shared memory. `threads_x` × `threads_y` invocations share a tile.
// Where there are too few tiles for a GPU, each is split along the inner dimension, and `sumParts` adds up what the parts leave in
// scratch. Rows of the left factor that lie below it are ones: their products are sums of the right factor's rows.
struct Operands {
  left: u32,
  // Strides of the left factor, either of which may be 1: the transpose is read in place.
  left_row_stride: u32,
  left_inner_stride: u32,
  right: u32,
  right_row_stride: u32,
  result: u32,
  result_row_stride: u32,
  rows: u32,
  inner: u32,
  columns: u32,
  // How much of the inner dimension one part takes, a multiple of `depth`; parts lie in the result one after another.
  part_inner: u32,
  part_stride: u32,
  // Of the left factor without its rows of ones.
  left_rows: u32,
  // Added to every row: the first to all columns, the second to so many of the first.
  first_bias: u32,
  second_bias: u32,
  second_bias_columns: u32,
}

const threads = threads_x * threads_y;
const depth = 16u;

const row_blocks = blocks * threads_y;
const column_blocks = blocks * threads_x;

var<workgroup> left_tile: array<array<vec4f, row_blocks>, depth>;
var<workgroup> right_tile: array<array<vec4f, column_blocks>, depth>;

fn left_at(row: u32, inner: u32, part_end: u32) -> f32 {
  if (row >= operands.rows || inner >= part_end) {
    return 0.0;
  }
  if (row >= operands.left_rows) {
    return 1.0;
  }
  return arena[operands.left + row * operands.left_row_stride + inner * operands.left_inner_stride];
}

fn right_at(inner: u32, column: u32, part_end: u32) -> f32 {
  if (column >= operands.columns || inner >= part_end) {
    return 0.0;
  }
  return arena[operands.right + inner * operands.right_row_stride + column];
}

fn store(row: u32, column: u32, part: u32, sums: vec4f) {
  if (row >= operands.rows) {
    return;
  }
  let place = operands.result + part * operands.part_stride + row * operands.result_row_stride + column;
  for (var i = 0u; i < 4u; i++) {
    if (column + i < operands.columns) {
      var value = sums[i];
      if (bias_count >= 1u) {
        value += arena[operands.first_bias + column + i];
      }
      if (bias_count == 2u && column + i < operands.second_bias_columns) {
        value += arena[operands.second_bias + column + i];
      }
      if (accumulates == 1u) {
        value += arena[place + i];
      }
      arena[place + i] = value;
    }
  }
}

@compute @workgroup_size(threads)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let first_column = group.x * 4u * column_blocks;
  let first_row = group.y * 4u * row_blocks;
  let x = local % threads_x;
  let y = local / threads_x;
  let part_end = min(operands.inner, (group.z + 1u) * operands.part_inner);
  var sums: array<array<array<vec4f, 4>, blocks>, blocks>;
  for (var start = group.z * operands.part_inner; start < part_end; start += depth) {
    // Invocations write whole vectors: a write to one component may touch the others. Neighbours read neighbouring numbers.
    for (var i = local; i < row_blocks * depth; i += threads) {
      let place = select(vec2u(i / depth, i % depth), vec2u(i % row_blocks, i / row_blocks), left_is_transposed == 1u);
      let row = first_row + 4u * place.x;
      let inner = start + place.y;
      left_tile[place.y][place.x] = vec4f(
        left_at(row, inner, part_end),
        left_at(row + 1u, inner, part_end),
        left_at(row + 2u, inner, part_end),
        left_at(row + 3u, inner, part_end),
      );
    }
    for (var i = local; i < column_blocks * depth; i += threads) {
      let column = first_column + 4u * (i % column_blocks);
      let inner = start + i / column_blocks;
      right_tile[i / column_blocks][i % column_blocks] = vec4f(
        right_at(inner, column, part_end),
        right_at(inner, column + 1u, part_end),
        right_at(inner, column + 2u, part_end),
        right_at(inner, column + 3u, part_end),
      );
    }
    workgroupBarrier();
    for (var k = 0u; k < depth; k++) {
      var left: array<vec4f, blocks>;
      var right: array<vec4f, blocks>;
      // for $r < blocks
      left[$r] = left_tile[k][y + $r * threads_y];
      // end
      // for $c < blocks
      right[$c] = right_tile[k][x + $c * threads_x];
      // end
      // for $r < blocks
      // for $c < blocks
      // for $i < block_side
      sums[$r][$c][$i] += left[$r][$i] * right[$c];
      // end
      // end
      // end
    }
    workgroupBarrier();
  }
  let row = first_row + 4u * y;
  let column = first_column + 4u * x;
  // for $r < blocks
  // for $c < blocks
  // for $i < block_side
  store(row + 4u * $r * threads_y + $i, column + 4u * $c * threads_x, group.z, sums[$r][$c][$i]);
  // end
  // end
  // end
}
