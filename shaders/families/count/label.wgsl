// The label of family `count` as the bits of y: ones mod classes (u32) where classes > 0, else (2·ones − centre)·scale as f32.
// The bracket is an exact integer and f32 holds it exactly, so one rounding is left: no division, nothing to reassociate or fuse.
// Library: functions only. The CPU twin is packages/datagen/src/families/count/twin.ts.

fn count_label(ones: u32, centre: u32, scale: f32, classes: u32) -> u32 {
  if (classes > 0u) {
    return ones % classes;
  }
  return bitcast<u32>(f32(i32(2u * ones) - i32(centre)) * scale);
}
