// Where element i of a block of up to three axes [.., n1, n2] lies in a larger tensor with steps s0, s1, s2. Library: functions only.

fn offset3(i: u32, n1: u32, n2: u32, s0: u32, s1: u32, s2: u32) -> u32 {
  return (i / (n1 * n2)) * s0 + ((i / n2) % n1) * s1 + (i % n2) * s2;
}
