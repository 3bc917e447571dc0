import { testDevice } from '@kindling/device/testing';
import { expect } from 'vitest';
import type { OpName } from '../registry.js';
import { compare } from './compare.js';
import { type OpRun, runOp, variantsFor } from './run-op.js';
import { toleranceOf } from './tolerance.js';

/**
 * Expects every variant that takes a problem to give what the naive kernel gives: for shapes of several tiles and blocks, which are too
 * large to be differentiated numerically. The naive kernel itself is checked against the reference on small ones.
 */
export async function expectVariantsAgree(
  kind: string,
  op: OpName,
  run: Omit<OpRun, 'variant'>,
  variants: readonly string[],
): Promise<void> {
  const device = await testDevice(kind);
  const fitting = variantsFor(device, op, run);
  expect(fitting).toEqual(expect.arrayContaining(device.traits.features.includes('subgroups') ? [...variants] : ['naive']));
  const want = await runOp(device, op, { ...run, variant: 'naive' });
  for (const variant of fitting) {
    const got = await runOp(device, op, { ...run, variant });
    for (const [name, { sum, shape }] of Object.entries(got))
      compare(`${op}.${variant} on ${kind}: ${name}`, sum, want[name]!.sum, shape, toleranceOf(op));
  }
}
