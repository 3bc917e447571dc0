// What the three kernels of family `random-net` share: where a net's parts begin in its table, in vec4f, and the activations. Library: functions only.
// Layer 1: [tap 9][in 4][out 8]; layers 2 and 3: [tap 9][in 8][out/4: 2 or 1][place in the 2x2 block][out 4]; layer 4: [out 3][in 4]. A layer's biases
// follow it.

const LAYER1 = 0u;
const LAYER2 = 74u;
const LAYER3 = 652u;
const LAYER4 = 941u;
// One word a layer.
const ACTIVATIONS = 945u;
const NET = 946u;

// 0 leaky rectifier, 1 sine, 2 fold, 3 squash: all continuous. packages/datagen/src/families/random-net/net.ts has the same.
fn activate(kind: f32, z: vec4f) -> vec4f {
  if (kind < 0.5) {
    return max(z, 0.2 * z);
  }
  if (kind < 1.5) {
    return cos_turn4(0.35 * z - 0.25);
  }
  if (kind < 2.5) {
    return abs(z) - 0.8;
  }
  return 1.5 * z * inverseSqrt(1.0 + z * z);
}
