// What a step of a loop does within a whole loop, forwards.
const goes_back = 0u;

alias StepInputs = Inputs;

fn step_inputs(time: u32, row: u32, unit: u32) -> StepInputs {
  return inputs_of(time, row, unit);
}

fn begin(tile_row: u32, row: u32, unit: u32) -> State {
  let state = state_before(time_of(0u), row, unit);
  set_left_0(tile_row, unit, state.hidden);
  return state;
}

fn end(tile_row: u32, row: u32, unit: u32, carried: State) {}
