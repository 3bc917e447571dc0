import { planBytes, planGeneration, type RecipeInput } from '@kindling/datagen';
import { type BoundPasses, bindPasses } from '@kindling/device';
import type { Host } from '../host.js';
import { problem } from '../workload.js';
import type { Body } from './contender.js';

/** Pixels as they are trained on, or as bytes: written by the family's kernel where it has one for bytes, else packed by a pass of its own. */
export type Format = 'f32' | 'u8';

/** Queues all dispatches `times` times in one pass and waits once. */
export function dispatching(host: Host, dispatches: BoundPasses['dispatches']): (times: number) => Promise<void> {
  const { device } = host;
  const bound = dispatches.map(({ program, resources }) => ({ program, group: device.bindGroup(program, resources) }));
  return async (times) => {
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      for (let i = 0; i < times; i++) for (const { program, group } of bound) device.dispatch(pass, program, group);
      pass.end();
    });
    await host.settle(device.gpu);
  };
}

/** Where images are written: one pair for all recipes, as they take turns, so that a large batch fits once and not a hundred times. */
export interface ImageBuffers {
  readonly x: GPUBuffer;
  readonly packed: GPUBuffer;
}

/** @param values pixels of the largest batch @throws InputError when the adapter has no buffer of that size */
export function imageBuffers({ device }: Host, values: number): ImageBuffers {
  return { x: device.buffer('x', 4 * values), packed: device.buffer('packed', values) };
}

/** A recipe's batches, rendered into the same buffers again and again; each round renders another step. */
export async function openGeneration(host: Host, images: ImageBuffers, recipe: RecipeInput, batch: number, format: Format): Promise<Body> {
  const { device } = host;
  const options = { recipe, batch, traits: device.traits };
  const bytes = format === 'u8' ? planBytes(options) : undefined;
  const plan = bytes ?? planGeneration(options);
  const buffers = {
    state: device.buffer('state', 4),
    seeds: device.upload('seeds', Uint32Array.of(problem.seed)),
    y: device.buffer('y', 4 * batch * (plan.label.dtype === 'u32' ? 1 : plan.label.outputs)),
  };
  const bound = bindPasses(device, plan, { ...buffers, ...images });
  await device.compile(bound.dispatches.map(({ program }) => program));
  return {
    images: batch,
    how: !bytes ? 'generation' : bytes.direct ? 'direct' : 'generation + pack',
    run: dispatching(host, bound.dispatches),
    begin: (round) => device.write(buffers.state, Uint32Array.of(round)),
    destroy() {
      bound.destroy();
      for (const buffer of Object.values(buffers)) buffer.destroy();
    },
  };
}
