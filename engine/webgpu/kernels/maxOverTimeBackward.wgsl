// Each number of the input gathers the gradients of the windows that chose it.
struct Operands {
  output_gradient: u32,
  input_gradient: u32,
  choices: u32,
  input_steps: u32,
  output_steps: u32,
  stride: u32,
  before: u32,
  // From the first step that a window sees to the last.
  reach: u32,
  // Numbers of one step.
  step_length: u32,
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.input_steps * operands.step_length; i += groups.x * 256u) {
    let step = i / operands.step_length;
    let padded_step = step + operands.before;
    // The windows that begin no later than this step and reach it.
    var window = 0u;
    if (padded_step > operands.reach) {
      window = (padded_step - operands.reach + operands.stride - 1u) / operands.stride;
    }
    let last = min(operands.output_steps, padded_step / operands.stride + 1u);
    var sum = 0.0;
    for (; window < last; window++) {
      let place = window * operands.step_length + i % operands.step_length;
      if (arena[operands.choices + place] == f32(step)) {
        sum += arena[operands.output_gradient + place];
      }
    }
    arena[operands.input_gradient + i] = sum;
  }
}
