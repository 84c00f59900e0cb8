struct Operands {
  source: u32,
  target_offset: u32,
  length: u32,
  key: u32,
  standard_deviation: f32,
}

const two_to_32 = 4294967296.0;

/** −ln((bits + 1) / 2³²). Near 1 by the series of ln(1 − x) = −2·artanh(x / (2 − x)), where the logarithm of a rounded number is lost. */
fn negative_logarithm(bits: u32) -> f32 {
  if (bits < 0x80000000u) {
    return -log((f32(bits) + 1.0) / two_to_32);
  }
  let x = f32(~bits) / two_to_32;
  let z = x / (2.0 - x);
  let s = z * z;
  return 2.0 * z * (1.0 + s * (1.0 / 3.0 + s * (1.0 / 5.0 + s * (1.0 / 7.0 + s * (1.0 / 9.0 + s * (1.0 / 11.0 + s / 13.0))))));
}

/** The cosine of a whole turn times `turn`, which lies between −1/2 and 1/2, by its series: that of WGSL may be wrong by 2⁻¹¹. */
fn cosine_of_turn(turn: f32) -> f32 {
  let u = abs(turn);
  let y = 6.283185307179586 * select(0.5 - u, u, u <= 0.25);
  let s = y * y;
  let cosine = 1.0 + s * (-1.0 / 2.0 + s * (1.0 / 24.0 + s * (-1.0 / 720.0 + s * (1.0 / 40320.0 + s * (-1.0 / 3628800.0 + s / 479001600.0)))));
  return select(-cosine, cosine, u <= 0.25);
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  for (var i = id.x; i < operands.length; i += groups.x * 256u) {
    let radius = sqrt(2.0 * negative_logarithm(random_bits(2u * i, operands.key)));
    let turn = f32(bitcast<i32>(random_bits(2u * i + 1u, operands.key))) / two_to_32;
    let noise = radius * cosine_of_turn(turn);
    arena[operands.target_offset + i] = arena[operands.source + i] + operands.standard_deviation * noise;
  }
}
