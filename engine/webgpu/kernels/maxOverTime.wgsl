struct Operands {
  input: u32,
  output: u32,
  choices: u32,
  input_steps: u32,
  output_steps: u32,
  size: u32,
  stride: u32,
  dilation: u32,
  before: u32,
  // Numbers of one step.
  step_length: u32,
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.output_steps * operands.step_length; i += groups.x * 256u) {
    let first = i / operands.step_length * operands.stride;
    var best = 0.0;
    var choice = operands.input_steps;
    for (var tap = 0u; tap < operands.size; tap++) {
      let padded_step = first + tap * operands.dilation;
      if (padded_step < operands.before || padded_step - operands.before >= operands.input_steps) {
        continue;
      }
      let step = padded_step - operands.before;
      let value = arena[operands.input + step * operands.step_length + i % operands.step_length];
      if (choice == operands.input_steps || value > best) {
        best = value;
        choice = step;
      }
    }
    arena[operands.output + i] = best;
    arena[operands.choices + i] = f32(choice);
  }
}
