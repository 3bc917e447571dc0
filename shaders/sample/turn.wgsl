// Cosine and sine of an angle in turns, within 2e-7 on every adapter: WGSL promises its own cos and sin to 2^-11 only, and SwiftShader takes it.
// Library: functions only. The sine's Taylor polynomial of degree 11 on a quarter turn either side of 0.

// sin(½π·s) for s in [-1, 1].
fn sin_quarters(s: vec4f) -> vec4f {
  let z = s * s;
  var p = -3.598843235212085e-6 * z + 1.6044118478735975e-4;
  p = p * z - 4.681754135318687e-3;
  p = p * z + 7.969262624616703e-2;
  p = p * z - 6.459640975062462e-1;
  return s * (p * z + 1.5707963267948966);
}

fn cos_turn4(turns: vec4f) -> vec4f {
  return sin_quarters(1.0 - 4.0 * abs(turns - round(turns)));
}

fn cos_turn(turns: f32) -> f32 {
  let s = 1.0 - 4.0 * abs(turns - round(turns));
  let z = s * s;
  var p = -3.598843235212085e-6 * z + 1.6044118478735975e-4;
  p = p * z - 4.681754135318687e-3;
  p = p * z + 7.969262624616703e-2;
  p = p * z - 6.459640975062462e-1;
  return s * (p * z + 1.5707963267948966);
}

fn sin_turn(turns: f32) -> f32 {
  return cos_turn(turns - 0.25);
}
