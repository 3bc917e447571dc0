// Colours from hue (in turns, any real number), saturation and value. Library: functions only.

fn hsv(hue: f32, saturation: f32, value: f32) -> vec3f {
  let ramp = abs(fract(vec3f(hue) + vec3f(0.0, 2.0 / 3.0, 1.0 / 3.0)) * 6.0 - 3.0) - 1.0;
  return value * mix(vec3f(1.0), clamp(ramp, vec3f(0.0), vec3f(1.0)), saturation);
}
