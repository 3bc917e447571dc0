import { drawWord, normalFrom, pcg3d, sampleKey, unitFloat } from '@kindling/core';
import { cosTurn } from '../../turn.js';

/** A 3×3 layer: weights [out][in][tap], tap = 3·row + column, biases [out], and how it is activated. */
export interface Layer {
  readonly weights: readonly (readonly (readonly number[])[])[];
  readonly biases: readonly number[];
  readonly activation: number;
}

/** Layers 1 to 3 (4 → 8 → 8 → 4 channels) and the last, 1×1, [out 3][in 4]. */
export interface Net {
  readonly layers: readonly [Layer, Layer, Layer];
  readonly last: { readonly weights: readonly (readonly number[])[]; readonly biases: readonly number[] };
}

/** One channel of one layer: `at(row, column)`. */
type Field = { readonly height: number; readonly width: number; readonly values: readonly Float64Array[] };
type Read = (channel: number, row: number, column: number) => number;

const ACTIVATIONS: readonly ((z: number) => number)[] = [
  (z) => Math.max(z, 0.2 * z),
  (z) => cosTurn(0.35 * z - 0.25),
  (z) => Math.abs(z) - 0.8,
  (z) => (1.5 * z) / Math.sqrt(1 + z * z),
];

function valueNoise(x: number, y: number, seed: number): number {
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const lattice = (di: number, dj: number): number => 2 * unitFloat(pcg3d(i + di, j + dj, seed)[0]) - 1;
  const fade = (t: number): number => t * t * (3 - 2 * t);
  const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
  return mix(mix(lattice(0, 0), lattice(1, 0), fade(x - i)), mix(lattice(0, 1), lattice(1, 1), fade(x - i)), fade(y - j));
}

/** A 3×3 convolution before its activation. */
function convolve({ weights, biases }: Layer, height: number, width: number, read: Read): Field {
  // What is read, with a margin of one: reading may be costly, and every output wants it nine times.
  const line = width + 2;
  const inputs = weights[0]!.map((_, channel) =>
    Float64Array.from({ length: line * (height + 2) }, (_, at) => read(channel, Math.floor(at / line) - 1, (at % line) - 1)),
  );
  const values = weights.map((kernels, out) => {
    const sums = new Float64Array(height * width).fill(biases[out]!);
    kernels.forEach((kernel, channel) => {
      const from = inputs[channel]!;
      for (let j = 0; j < height; j++) {
        for (let i = 0; i < width; i++) {
          for (let row = 0; row < 3; row++) {
            for (let column = 0; column < 3; column++)
              sums[j * width + i]! += kernel[3 * row + column]! * from[(j + row) * line + i + column]!;
          }
        }
      }
    });
    return sums;
  });
  return { height, width, values };
}

const activated = (field: Field, kind: number): Field => ({
  ...field,
  values: field.values.map((channel) => channel.map(ACTIVATIONS[kind]!)),
});

/** The bilinear 2× enlargement of a field: pixel 2k lies a quarter of a place left of place k, and beyond the edge the last place goes on. */
function enlarged({ height, width, values }: Field): Read {
  const clamp = (place: number, size: number): number => Math.min(size - 1, Math.max(0, place));
  const line = (channel: number, row: number, column: number): number => {
    const k = Math.floor(column / 2);
    const other = k + (column - 2 * k === 0 ? -1 : 1);
    const at = clamp(row, height) * width;
    return 0.75 * values[channel]![at + clamp(k, width)]! + 0.25 * values[channel]![at + clamp(other, width)]!;
  };
  return (channel, row, column) => {
    const k = Math.floor(row / 2);
    return 0.75 * line(channel, k, column) + 0.25 * line(channel, k + (row - 2 * k === 0 ? -1 : 1), column);
  };
}

/** Sizes of the three layers for an image. */
export const layerSizes = (height: number, width: number): [number, number][] => {
  const half = [Math.ceil(height / 2), Math.ceil(width / 2)] as [number, number];
  return [half.map((side) => Math.ceil(side / 2)) as [number, number], half, [height, width]];
};

/** What layer `l` (0 to 2) reads: noise, or the enlarged layer before. */
function input(l: number, before: Field | undefined, longer: number, seed: number, cells: number): Read {
  if (l > 0) return enlarged(before!);
  const scale = (4 * cells) / longer;
  return (channel, row, column) => {
    const octave = Math.max(0.5 + 0.5 * channel, 1) * scale;
    return valueNoise((column + 0.5) * octave, (row + 0.5) * octave, (seed + channel) >>> 0);
  };
}

/** The three channels of an image before they are squashed: three arrays [height·width]. */
export function runNet({ layers, last }: Net, height: number, width: number, seed: number, cells: number): number[][] {
  let field: Field | undefined;
  layerSizes(height, width).forEach(([h, w], l) => {
    const layer = layers[l]!;
    field = activated(convolve(layer, h, w, input(l, field, Math.max(height, width), seed, cells)), layer.activation);
  });
  return last.weights.map((weights, out) =>
    Array.from({ length: height * width }, (_, at) =>
      weights.reduce((sum, weight, k) => sum + weight * field!.values[k]![at]!, last.biases[out]!),
    ),
  );
}

const CALIBRATION = { side: 28, seeds: [1, 1001], cells: 3 };
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** What takes values to mean 0 and the wanted deviation: a factor and an offset. */
function standardise(values: readonly number[], deviation: number): { factor: number; offset: number } {
  const middle = mean(values);
  const factor = deviation / Math.max(1e-3, Math.sqrt(mean(values.map((value) => (value - middle) ** 2))));
  return { factor, offset: -middle * factor };
}

/**
 * Net number `place` of a seed. Weights are normal; each channel is then scaled and shifted so that on two small images its sums have mean
 * about 0 and a drawn deviation, so that no layer is saturated or dead.
 */
function makeNet(seed: number, place: number): Net {
  const { side, seeds, cells } = CALIBRATION;
  const inputs = [4, 8, 8];
  const outputs = [8, 8, 4];
  let fields: (Field | undefined)[] = seeds.map(() => undefined);
  const random = (layer: number) => {
    const key = sampleKey(seed, 'initialisation', place, layer);
    return {
      normal: (index: number) => normalFrom(drawWord(key, index, 0), drawWord(key, index, 1)),
      unit: (draw: number) => unitFloat(drawWord(key, 2 ** 20, draw)),
    };
  };
  const layers = layerSizes(side, side).map(([h, w], l): Layer => {
    const { normal, unit } = random(l);
    const width = inputs[l]!;
    const raw: Layer = {
      weights: Array.from({ length: outputs[l]! }, (_, out) =>
        Array.from({ length: width }, (_, k) => Array.from({ length: 9 }, (_, tap) => normal((out * width + k) * 9 + tap))),
      ),
      biases: Array.from({ length: outputs[l]! }, () => 0),
      activation: Math.floor(unit(0) * ACTIVATIONS.length),
    };
    const deviation = 0.8 + 1.2 * unit(1);
    const sums = fields.map((field, s) => convolve(raw, h, w, input(l, field, side, seeds[s]!, cells)));
    const scales = raw.biases.map((_, out) =>
      standardise(
        sums.flatMap(({ values }) => [...values[out]!]),
        deviation,
      ),
    );
    const layer: Layer = {
      weights: raw.weights.map((kernels, out) =>
        kernels.map((kernel) => kernel.map((weight) => Math.fround(weight * scales[out]!.factor))),
      ),
      biases: scales.map(({ offset }, out) => Math.fround(offset + 0.3 * normal(100_000 + out))),
      activation: raw.activation,
    };
    fields = fields.map((field, s) => activated(convolve(layer, h, w, input(l, field, side, seeds[s]!, cells)), layer.activation));
    return layer;
  });
  const { normal } = random(3);
  const weights = [0, 1, 2].map((out) => [0, 1, 2, 3].map((k) => normal(4 * out + k)));
  const scales = weights.map((row) =>
    standardise(
      fields.flatMap((field) =>
        Array.from(field!.values[0]!, (_, at) => row.reduce((sum, weight, k) => sum + weight * field!.values[k]![at]!, 0)),
      ),
      1.2,
    ),
  );
  return {
    layers: layers as unknown as Net['layers'],
    last: {
      weights: weights.map((row, out) => row.map((weight) => Math.fround(weight * scales[out]!.factor))),
      biases: scales.map(({ offset }) => Math.fround(offset)),
    },
  };
}

let kept: { readonly key: string; readonly nets: readonly Net[] } | undefined;

/** The nets of a recipe, one a class: a pure function of its seed (the latest result is kept, as a twin asks for every sample). */
export function makeNets({ netSeed, classes }: { readonly netSeed: number; readonly classes: number }): readonly Net[] {
  const key = `${netSeed} ${classes}`;
  if (kept?.key !== key) kept = { key, nets: Array.from({ length: classes }, (_, place) => makeNet(netSeed, place)) };
  return kept.nets;
}
