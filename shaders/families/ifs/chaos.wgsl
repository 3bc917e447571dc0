// The chaos game of an iterated function system in integers, so that every adapter visits the same points: coordinates are whole numbers
// in [-32768, 32767], coefficients have 14 fractional bits and stay within ±24576, so that no sum passes 2^31. Bit-exact with packages/datagen/src/families/ifs/fixed.ts.
// A workgroup plays for one image: its maps, the choice of a map by a random byte, its walkers and the box of its points lie in workgroup memory.
// Library; needs random/threefry, random/pcg.

const MAX_WALKERS = 256u;
// Steps before the first point counts, and the steps after them that only find the box. Blocks of four, which share a random word.
const BURN_IN_BLOCKS = 4u;
const FRAME_BLOCKS = 8u;

// Three words a map: (a, b), (c, d), (e, f) as pairs of 16-bit integers; x' = a·x + b·y + e, y' = c·x + d·y + f.
var<workgroup> chaos_maps: array<u32, 24>;
// Three times the number of the map that a byte chooses.
var<workgroup> chaos_choice: array<u32, 256>;
var<workgroup> chaos_walkers: array<u32, MAX_WALKERS>;
// Least x, least y, largest x, largest y of the points as seen.
var<workgroup> chaos_box: array<atomic<i32>, 4>;

// The picture's frame: a point p is in column (p.x - low.x)·scale.x / 2^22 of a window where p - low < span.
struct ChaosFrame { low: vec2i, span: vec2u, scale: vec2u }

fn pack_pair(pair: vec2i) -> u32 {
  return (u32(pair.x) & 0xffffu) | (u32(pair.y) << 16u);
}

fn unpack_pair(word: u32) -> vec2i {
  return vec2i(i32(word << 16u) >> 16u, i32(word) >> 16u);
}

// Both coefficients times 1 + u/2^14, where each u is drawn from -reach .. reach.
fn chaos_jitter(pair: vec2i, words: vec2u, reach: u32, limit: i32) -> vec2i {
  let n = 2u * reach + 1u;
  let u = vec2i(i32(mulhi(words.x, n)), i32(mulhi(words.y, n))) - i32(reach);
  return clamp(pair + ((pair * u + 8192) >> vec2u(14u)), vec2i(-limit), vec2i(limit));
}

// Rows of the matrix that turns and mirrors points: cosine and sine with 14 fractional bits, flip 1 mirrors x, 2 mirrors y.
fn chaos_view(turn: vec2i, flip: u32) -> vec4i {
  let signs = vec2i(1) - 2 * vec2i(i32(flip & 1u), i32((flip >> 1u) & 1u));
  return vec4i(signs.x * turn.x, -signs.x * turn.y, signs.y * turn.y, signs.y * turn.x);
}

fn chaos_project(at: vec2i, view: vec4i) -> vec2i {
  return vec2i(view.x * at.x + view.y * at.y, view.z * at.x + view.w * at.y) >> vec2u(14u);
}

fn chaos_step(at: vec2i, byte: u32) -> vec2i {
  let map = chaos_choice[byte];
  let ab = unpack_pair(chaos_maps[map]);
  let cd = unpack_pair(chaos_maps[map + 1u]);
  let ef = unpack_pair(chaos_maps[map + 2u]);
  let next = (vec2i(ab.x * at.x + ab.y * at.y, cd.x * at.x + cd.y * at.y) + 8192) >> vec2u(14u);
  return clamp(next + ef, vec2i(-32768), vec2i(32767));
}

// The first of the random words of a walker: word t is pcg_hash(first + t).
fn chaos_words(word: u32, walker: u32) -> u32 {
  return pcg_hash(word ^ (walker * 0x9e3779b9u));
}

fn chaos_clear_box(lane: u32, lanes: u32) {
  for (var side = lane; side < 4u; side += lanes) {
    atomicStore(&chaos_box[side], select(-0x7fffffff, 0x7fffffff, side < 2u));
  }
}

// Takes every walker from the start through the burn-in and the steps that find the box. The caller puts a barrier before and after.
fn chaos_find_box(lane: u32, lanes: u32, walkers: u32, start: vec2i, word: u32, view: vec4i) {
  var least = vec2i(0x7fffffff);
  var largest = vec2i(-0x7fffffff);
  for (var walker = lane; walker < walkers; walker += lanes) {
    let first = chaos_words(word, walker);
    var at = start;
    for (var t = 0u; t < FRAME_BLOCKS; t++) {
      var bytes = pcg_hash(first + t);
      for (var s = 0u; s < 4u; s++) {
        at = chaos_step(at, bytes & 0xffu);
        bytes >>= 8u;
        if (t >= BURN_IN_BLOCKS) {
          let seen = chaos_project(at, view);
          least = min(least, seen);
          largest = max(largest, seen);
        }
      }
    }
    chaos_walkers[walker] = pack_pair(at);
  }
  atomicMin(&chaos_box[0], least.x);
  atomicMin(&chaos_box[1], least.y);
  atomicMax(&chaos_box[2], largest.x);
  atomicMax(&chaos_box[3], largest.y);
}

// The box with a margin of 1/32 on each side, stretched over a window of that many pixels (at most 512 a side).
fn chaos_frame(window: vec2u) -> ChaosFrame {
  let least = vec2i(atomicLoad(&chaos_box[0]), atomicLoad(&chaos_box[1]));
  let range = vec2i(atomicLoad(&chaos_box[2]), atomicLoad(&chaos_box[3])) - least;
  let margin = (range >> vec2u(5u)) + 1;
  let span = vec2u(range + 2 * margin + 1);
  return ChaosFrame(least - margin, span, (window << vec2u(22u)) / span);
}

// The column and row of a point in the window; 0xffffffff in x where it is outside of the frame.
fn chaos_cell(seen: vec2i, frame: ChaosFrame) -> vec2u {
  let away = vec2u(seen - frame.low);
  if (away.x >= frame.span.x || away.y >= frame.span.y) {
    return vec2u(0xffffffffu);
  }
  return (away * frame.scale) >> vec2u(22u);
}

// Brightness 0 .. 1 of a pixel that was hit `count` times: half where the count is `half`.
fn chaos_tone(count: u32, half: f32) -> f32 {
  return f32(count) / (f32(count) + half);
}
