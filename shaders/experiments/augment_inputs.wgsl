// Experiment 1, what a step starts from: y [M,batch] u32 = a class, uniform on 0 .. classes−1; noise [M,batch,size] f32 ~ N(0,1); pose [M,batch,3]
// = tx, ty, rotation ~ U(±shift), U(±shift), U(±angle), times the ramp; amplitude [M,3] = (shift, shift, angle) times the ramp, min(1, step/ramp_steps).
// state[0] = step; seeds [M]. Class: label draw 0 of the sample's index; augmentation stream: pose draws 0 .. 2, noise draws 16 + 2·i and the next.
// One invocation owns one sample. Libraries: random/threefry, random/distributions.

override workgroup_size = 64u;

struct Params { batch: u32, size: u32, classes: u32, ramp_steps: u32, shift: f32, angle: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> seeds: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<storage, read_write> noise: array<f32>;
@group(0) @binding(5) var<storage, read_write> pose: array<f32>;
@group(0) @binding(6) var<storage, read_write> amplitude: array<f32>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  if (sample >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + sample;
  let seed = seeds[wid.z];
  let reach = min(1.0, f32(state[0]) / f32(params.ramp_steps)) * vec3f(params.shift, params.shift, params.angle);
  y[place] = draw_below(sample_key(seed, STREAM_LABEL, state[0], 0u), sample, 0u, params.classes);
  let key = sample_key(seed, STREAM_AUGMENTATION, state[0], 0u);
  for (var i = 0u; i < 3u; i++) {
    pose[3u * place + i] = reach[i] * (2.0 * unit_float(draw_word(key, sample, 0u, i)) - 1.0);
    if (sample == 0u) {
      amplitude[3u * wid.z + i] = reach[i];
    }
  }
  for (var i = 0u; i < params.size; i++) {
    noise[place * params.size + i] = normal_from(draw_word(key, sample, 0u, 16u + 2u * i), draw_word(key, sample, 0u, 17u + 2u * i));
  }
}
