// Midpoint displacement in closed form: three independent fields at a pixel, without a pass a level. Level l has vertices every 2^l pixels; the
// coarsest has a random value at each, a finer one displaces only the vertices that it adds, by persistence^(levels - l), and all levels
// are interpolated bilinearly and added. Bit-exact hash with packages/datagen/src/families/composite/plasma.ts; sums are a few f32 roundings.
// Library; needs random/pcg. Source: Fournier, Fussell and Carpenter, "Computer rendering of stochastic models", CACM 25(6), 1982.

fn plasma_vertex(vertex: vec2u, level: u32, coarsest: u32, word: u32) -> vec3f {
  let added = level == coarsest || ((vertex.x | vertex.y) & 1u) == 1u;
  let hash = pcg3d(vec3u(vertex, word ^ (level * 0x9e3779b9u)));
  return select(vec3f(0.0), vec3f(hash >> vec3u(8u)) * 1.1920928955078125e-7 - 1.0, added);
}

// Fields in about -1 .. 1, each of its own random values.
fn plasma(pixel: vec2u, coarsest: u32, persistence: f32, word: u32) -> vec3f {
  // The lattice lies elsewhere in every image.
  let at = pixel + vec2u(word & 0x3ffu, (word >> 10u) & 0x3ffu);
  var sum = vec3f(0.0);
  var amplitude = 1.0;
  for (var k = 0u; k <= coarsest; k++) {
    let level = coarsest - k;
    let low = at >> vec2u(level);
    let part = vec2f(at - (low << vec2u(level))) / f32(1u << level);
    let top = mix(plasma_vertex(low, level, coarsest, word), plasma_vertex(low + vec2u(1u, 0u), level, coarsest, word), part.x);
    let bottom = mix(plasma_vertex(low + vec2u(0u, 1u), level, coarsest, word), plasma_vertex(low + vec2u(1u), level, coarsest, word), part.x);
    sum += amplitude * mix(top, bottom, part.y);
    amplitude *= persistence;
  }
  return clamp(sum, vec3f(-1.0), vec3f(1.0));
}
