import {
  add,
  avgPool2d,
  conv2d,
  globalAvgPool,
  layer,
  linear,
  maxPool2d,
  type ParameterSpec,
  pad,
  relu,
  scale,
  type Tensor,
} from '@kindling/autograd';
import { InputError } from '@kindling/core';
import type { ImageSize, ModelSpec } from './models.js';

/** Parameters by name, as a model gets them. */
type Weights = Readonly<Record<string, Tensor>>;

/** What makes one residual net of another. */
interface Plan {
  readonly name: string;
  /** Channels of each stage; every stage but the first begins at half the resolution. */
  readonly widths: readonly number[];
  /** Residual blocks of a stage. */
  readonly blocks: number;
  /** Max-pool 2 after the first convolution. */
  readonly pooled: boolean;
  /** Half the resolution by convolutions of stride 2 and a 1×1 projection on the shortcut; else by average-pooling, and zeros for the new channels. */
  readonly strided: boolean;
}

/** One block: where its parameters are, and from how many channels to how many. */
interface Block {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly halves: boolean;
}

function blocksOf({ widths, blocks }: Plan): Block[] {
  return widths.flatMap((to, stage) =>
    Array.from({ length: blocks }, (_, index): Block => {
      const first = index === 0 && stage > 0;
      return { name: `layer${stage + 1}.${index}`, from: first ? widths[stage - 1]! : to, to, halves: first };
    }),
  );
}

/** A convolution whose output has `gain` times the mean square of its input, were that a ReLU's (He et al. 2015), and a bias of 0. */
const convolution = (shape: readonly [number, number, number, number], gain = 1): { weight: ParameterSpec; bias: ParameterSpec } => {
  const fanIn = shape[1] * shape[2] * shape[3];
  return { weight: { shape, bound: Math.sqrt((6 * gain) / fanIn) }, bias: { shape: [shape[0]], bound: 0 } };
};

/**
 * A residual net without normalisation, because a training step carries no running statistics. What batch normalisation does in the first steps is done by fixed
 * numbers: pixels 0 to 1 become −2 to 2, convolutions begin with He's variance, and the last of each block with that divided by the number of blocks, so
 * that all blocks together multiply the variance by less than e (the aim of Fixup, Zhang, Dauphin & Ma 2019; its zeros and scalar factors were tried and learned slower here).
 */
function residualNet(plan: Plan, channels: number, height: number, width: number): ModelSpec {
  const least = 2 ** (plan.widths.length - 1 + (plan.pooled ? 1 : 0));
  if (height < least || width < least) {
    throw new InputError({
      subject: plan.name,
      got: `images of ${channels}×${height}×${width}`,
      expected: `at least ${least} rows and columns`,
      next: 'scale the images up, or choose another model',
    });
  }
  const list = blocksOf(plan);
  const [first] = plan.widths as [number];
  const last = plan.widths.at(-1)!;
  const convolve = (p: Weights, x: Tensor, name: string, stride = 1, padding = 1): Tensor =>
    conv2d(x, p[`${name}.weight`]!, p[`${name}.bias`]!, { stride, padding });
  const shortcut = (p: Weights, x: Tensor, { name, from, to, halves }: Block): Tensor => {
    if (!halves) return x;
    if (plan.strided) return convolve(p, x, `${name}.shortcut`, 2, 0);
    return pad(x, [0, 0, 0, 0], [0, to - from, 0, 0]);
  };
  return {
    name: plan.name,
    input: { channels, height, width },
    head: 'fc',
    parameters(outputs) {
      const layers: Record<string, { weight: ParameterSpec; bias: ParameterSpec }> = { conv1: convolution([first, channels, 3, 3]) };
      for (const { name, from, to, halves } of list) {
        layers[`${name}.conv1`] = convolution([to, from, 3, 3]);
        layers[`${name}.conv2`] = convolution([to, to, 3, 3], 1 / list.length);
        if (halves && plan.strided) layers[`${name}.shortcut`] = convolution([to, from, 1, 1], 0.5);
      }
      layers.fc = layer([outputs, last], [outputs]);
      return Object.fromEntries(
        Object.entries(layers).flatMap(([name, { weight, bias }]) => [
          [`${name}.weight`, weight],
          [`${name}.bias`, bias],
        ]),
      );
    },
    forward(p, { x }) {
      const stem = relu(convolve(p, scale(x!, 4, -2), 'conv1'));
      let here = plan.pooled ? maxPool2d(stem, 2) : stem;
      for (const block of list) {
        const before = block.halves && !plan.strided ? avgPool2d(here, 2) : here;
        const inner = relu(convolve(p, before, `${block.name}.conv1`, block.halves && plan.strided ? 2 : 1));
        here = relu(add(convolve(p, inner, `${block.name}.conv2`), shortcut(p, before, block)));
      }
      return linear(globalAvgPool(here), p['fc.weight']!, p['fc.bias']!);
    },
  };
}

/**
 * A small residual net for two cores: conv 3×3 to 16, ReLU, max-pool 2, then one residual block each at 16, 32 and 64 channels, the resolution halved by average-pooling
 * before the second and third and new channels of a shortcut 0, mean over the plane, linear head. 75,050 parameters on 3×32×32 with ten outputs.
 * No normalisation: see `residualNet`. @throws InputError for images of fewer than 8 rows or columns
 */
export const resnetSmall = ({ channels, height, width }: ImageSize): ModelSpec =>
  residualNet({ name: 'resnet-small', widths: [16, 32, 64], blocks: 1, pooled: true, strided: false }, channels, height, width);

/**
 * ResNet-18 as it is used on CIFAR (conv 3×3 first, no pool; two blocks each at 64, 128, 256 and 512 channels; strides and 1×1 projections; He et al. 2016), its batch
 * normalisation replaced by the initialisation of `residualNet`. 11,169,162 parameters on 3×32×32 with ten outputs: for a GPU.
 * @throws InputError for images of fewer than 8 rows or columns
 */
export const resnet18 = ({ channels, height, width }: ImageSize): ModelSpec =>
  residualNet({ name: 'resnet-18', widths: [64, 128, 256, 512], blocks: 2, pooled: false, strided: true }, channels, height, width);
