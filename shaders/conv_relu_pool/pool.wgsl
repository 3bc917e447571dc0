// Library: the 2×2 max-pool of conv_relu_pool on four channels at once, for the variants that keep a window in registers.
// The rule is the one of forward.naive.wgsl: the first of equals wins, NaN wins, and 4 says that ReLU cut.

fn is_nan4(v: vec4f) -> vec4<bool> {
  return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}

struct Pooled { value: vec4f, winner: vec4u }

// Max of the four positions plus bias, ReLU; the first of equals wins, as in PyTorch's max_pool2d, and so does NaN.
fn pool(p0: vec4f, p1: vec4f, p2: vec4f, p3: vec4f, bias: vec4f) -> Pooled {
  var best = p0;
  var winner = vec4u(0u);
  let w1 = (p1 > best) | is_nan4(p1);
  best = select(best, p1, w1);
  winner = select(winner, vec4u(1u), w1);
  let w2 = (p2 > best) | is_nan4(p2);
  best = select(best, p2, w2);
  winner = select(winner, vec4u(2u), w2);
  let w3 = (p3 > best) | is_nan4(p3);
  best = select(best, p3, w3) + bias;
  winner = select(winner, vec4u(3u), w3);
  let cut = best <= vec4f(0.0);
  return Pooled(select(best, vec4f(0.0), cut), select(winner, vec4u(4u), cut));
}
