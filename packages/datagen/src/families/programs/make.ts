import { drawWord, pcg3d, sampleKey, unitFloat } from '@kindling/core';
import { FIRST_MEASURE, type Instruction, MEASURES, runProgram, WARPS } from './ops.js';

/** A class's program: instructions, and what brings each channel to mean 0 and variance 1. */
export interface Program {
  readonly instructions: readonly Instruction[];
  readonly bias: readonly number[];
  readonly gain: readonly number[];
}

export interface ProgramSettings {
  readonly programSeed: number;
  readonly classes: number;
  readonly instructions: number;
}

/** A candidate: warps and measures in turn, the first and last measure added, the others joined as drawn. */
function drawInstructions(seed: number, place: number, attempt: number, length: number): Instruction[] {
  const key = sampleKey(seed, 'initialisation', place, attempt);
  return Array.from({ length }, (_, i) => {
    const unit = (draw: number): number => unitFloat(drawWord(key, i, draw));
    const between = (draw: number, range: readonly [number, number] | undefined): number =>
      range === undefined ? 0 : Math.fround(range[0] + (range[1] - range[0]) * unit(draw));
    const isMeasure = i % 2 === 1;
    const list = isMeasure ? MEASURES : WARPS;
    const chosen = Math.floor(unit(0) * list.length);
    const { ranges, moves } = list[chosen]!;
    return {
      op: chosen + (isMeasure ? FIRST_MEASURE : 0),
      mode: !isMeasure || i === 1 || i >= length - 2 ? 0 : Math.floor(unit(1) * 4),
      a: between(2, ranges[0]),
      b: between(3, ranges[1]),
      c: between(4, ranges[2]),
      d: between(5, ranges[3]),
      speed: moves ? (unit(6) < 0.5 ? -1 : 1) : 0,
      // Channels share a direction and differ by half as much, so that a program has a palette and not three pictures.
      weights: [7, 8, 9].map((draw) => Math.fround((unit(10) < 0.5 ? -1 : 1) * (0.3 + unit(draw)))) as [number, number, number],
    };
  });
}

/** A program's instructions as one sample runs them: jittered and moved in time. */
export function instanceOf(instructions: readonly Instruction[], seed: number, time: number, jitter: number): Instruction[] {
  return instructions.map((instruction, i) => {
    const [a, b, d] = pcg3d(seed, i, 0).map((word) => 1 + jitter * (2 * unitFloat(word) - 1)) as [number, number, number];
    return {
      ...instruction,
      a: instruction.a * a,
      b: instruction.b * b,
      c: instruction.c + time * instruction.speed,
      d: instruction.d * d,
    };
  });
}

const PROBE = 28;

/** Mean and standard deviation of each channel, and the share of the variance that lies between neighbouring pixels (1: white noise). */
function probe(instructions: readonly Instruction[]): { mean: number[]; deviation: number[]; roughness: number } {
  const values: number[][] = [[], [], []];
  let steps = 0;
  for (const time of [0, 0.37]) {
    const instance = instanceOf(instructions, 1, time, 0);
    for (let j = 0; j < PROBE; j++) {
      for (let i = 0; i < PROBE; i++) {
        const sums = runProgram(instance, [(2 * i + 1) / PROBE - 1, (2 * j + 1) / PROBE - 1]);
        if (i > 0) steps += (sums[0] - values[0]!.at(-1)!) ** 2;
        sums.forEach((sum, c) => {
          values[c]!.push(sum);
        });
      }
    }
  }
  const count = values[0]!.length;
  const mean = values.map((channel) => channel.reduce((sum, value) => sum + value, 0) / count);
  const deviation = values.map((channel, c) => Math.sqrt(channel.reduce((sum, value) => sum + (value - mean[c]!) ** 2, 0) / count));
  return { mean, deviation, roughness: steps / ((2 * count * (PROBE - 1)) / PROBE) / deviation[0]! ** 2 };
}

/** The first candidate that is neither blank, nor a plain gradient, nor noise at 28 pixels. */
function makeProgram(seed: number, place: number, length: number): Program {
  for (let attempt = 0; ; attempt++) {
    const instructions = drawInstructions(seed, place, attempt, length);
    const { mean, deviation, roughness } = probe(instructions);
    const plain = deviation.some((value) => !(value > 0.15)) || !(roughness > 0.02 && roughness < 0.25);
    // Of 8 instructions one candidate in 2.2 passes, of 16 one in 6 (42 tries at most in 256 programs); the last of 256 is taken as it is.
    if (plain && attempt < 255) continue;
    return { instructions, bias: mean.map(Math.fround), gain: deviation.map((value) => Math.fround(1.2 / Math.max(value, 0.01))) };
  }
}

let last: { readonly key: string; readonly programs: readonly Program[] } | undefined;

/** The programs of a recipe, one a class: a pure function of its seed (the latest result is kept, as a twin asks for every sample). */
export function makePrograms({ programSeed, classes, instructions }: ProgramSettings): readonly Program[] {
  const key = `${programSeed} ${classes} ${instructions}`;
  if (last?.key !== key)
    last = { key, programs: Array.from({ length: classes }, (_, place) => makeProgram(programSeed, place, instructions)) };
  return last.programs;
}

/** The kernel's table: floats as their bits. */
export function programTable(programs: readonly Program[]): Uint32Array<ArrayBuffer> {
  const bits = (values: readonly number[]): number[] => [...new Uint32Array(Float32Array.from(values).buffer)];
  return Uint32Array.from(
    programs.flatMap(({ instructions, bias, gain }) => [
      ...bits([...bias, 0, ...gain, 0]),
      ...instructions.flatMap(({ op, mode, a, b, c, d, speed, weights }) => [op, mode, ...bits([a, b, c, d, speed, 0, ...weights, 0])]),
    ]),
  );
}
