// From a pattern's value in [-1, 1] to a pixel in [0, 1]: each channel has its own share of the value (negative inverts it) and spends what is
// left of its range on a shift of brightness, so that no pixel is clipped. Library: functions only; twin: packages/datagen/src/tone.ts.

// The share of a colour channel from a draw in [-1, 1): at least .4 in magnitude, so that every channel shows the pattern.
fn channel_share(contrast: f32, drawn: vec3f) -> vec3f {
  return contrast * (0.6 * drawn + select(vec3f(-0.4), vec3f(0.4), drawn >= vec3f(0.0)));
}

fn tone(value: f32, share: f32, shift: f32) -> f32 {
  return clamp(0.5 + 0.5 * (share * value + (1.0 - abs(share)) * shift), 0.0, 1.0);
}
