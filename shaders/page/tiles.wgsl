// A batch as a picture: sample i of x [B, C, H, W] f32 in 0 .. 1 is the tile in row i / columns, a transparent line between tiles.
// Drawn as one triangle that covers the canvas; one fragment invocation owns one pixel and reads the sample's pixel there.
// Source: none, the identity.

override columns: u32 = 8u;
override samples: u32 = 64u;
override channels: u32 = 1u;
override height: u32 = 28u;
override width: u32 = 28u;

@group(0) @binding(0) var<storage, read> x: array<f32>;

@vertex
fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4<f32> {
  // (-1, -1), (3, -1), (-1, 3): the canvas lies inside.
  return vec4<f32>(f32(i & 1u) * 4.0 - 1.0, f32(i >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

fn value(i: u32, c: u32, row: u32, column: u32) -> f32 {
  return clamp(x[((i * channels + c) * height + row) * width + column], 0.0, 1.0);
}

@fragment
fn pixel(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
  let place = vec2<u32>(at.xy);
  let tile = place / vec2<u32>(width + 1u, height + 1u);
  let inside = place % vec2<u32>(width + 1u, height + 1u);
  let i = tile.y * columns + tile.x;
  if (inside.x == width || inside.y == height || i >= samples) {
    return vec4<f32>(0.0);
  }
  let first = value(i, 0u, inside.y, inside.x);
  if (channels < 3u) {
    return vec4<f32>(first, first, first, 1.0);
  }
  return vec4<f32>(first, value(i, 1u, inside.y, inside.x), value(i, 2u, inside.y, inside.x), 1.0);
}
