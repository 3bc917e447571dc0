// Library: integer division by floats, for splitting a workgroup's number into coordinates.
// CPU adapters divide integers one lane at a time; a float division and one correction is a vector instruction each.

// ⌊a / b⌋ where the quotient is below 2²²: the float quotient is then off by at most one.
fn quotient(a: u32, b: u32) -> u32 {
  let q = u32(f32(a) / f32(b));
  let r = i32(a - q * b);
  return select(select(q, q + 1u, r >= i32(b)), q - 1u, r < 0);
}
