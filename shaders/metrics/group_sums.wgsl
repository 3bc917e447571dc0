// Adds the rows of each group, in parts: sums[g, c, d] = Σ rows[n, d] over the examples n of part g whose group is c.
// rows [N,D] f32, groups [N] u32 (past C: in none), sums [G,C,D] f32, zeroed before; part g has the examples g·size .. (g + 1)·size − 1.
// One invocation owns one column d of one part, so that nobody else writes its sums.

struct Params { n: u32, d: u32, c: u32, parts: u32, size: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<f32>;
@group(0) @binding(2) var<storage, read> groups: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let p = params;
  let at = (wid.y * count.x + wid.x) * 64u + lid;
  let part = at / p.d;
  let d = at - part * p.d;
  if (part >= p.parts) {
    return;
  }
  let last = min(p.n, (part + 1u) * p.size);
  for (var n = part * p.size; n < last; n++) {
    let c = groups[n];
    if (c < p.c) {
      sums[(part * p.c + c) * p.d + d] += rows[n * p.d + d];
    }
  }
}
