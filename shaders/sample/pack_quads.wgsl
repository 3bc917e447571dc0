// Packs pixels as bytes like sample/pack.wgsl, for numbers of pixels that four divides: byte i of words = round(255·clamp(x[i], 0, 1)), halves to even.
// x [n/4] vec4f, words [n/4] u32, lowest byte first. One invocation owns every (workgroups·workgroup_size)-th word.

override workgroup_size = 64u;

struct Params { n: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> words: array<u32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let stride = groups.x * groups.y * workgroup_size;
  for (var w = (wid.y * groups.x + wid.x) * workgroup_size + lane; w < params.n / 4u; w += stride) {
    let bytes = vec4u(round(255.0 * clamp(x[w], vec4f(0.0), vec4f(1.0))));
    words[w] = bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
  }
}
