import { testDevice } from '@kindling/device/testing';
import { expect } from 'vitest';
import type { OpName } from '../registry.js';
import { compare } from './compare.js';
import { asStored, type OpRun, runOp, variantsFor } from './run-op.js';
import { toleranceOf } from './tolerance.js';

/**
 * Expects every variant that takes a problem to give what the naive kernel gives: for shapes of several tiles and blocks, which are too
 * large to be differentiated numerically. The naive kernel itself is checked against the reference on small ones. With f16 storage it is the
 * naive f32 kernel on the same values, from which a result differs by one rounding. Does nothing where the adapter lacks f16.
 */
export async function expectVariantsAgree(
  kind: string,
  op: OpName,
  run: Omit<OpRun, 'variant'>,
  variants: readonly string[],
): Promise<void> {
  const device = await testDevice(kind);
  const { storage, ...attrs } = run.attrs ?? {};
  if (storage === 'f16' && !device.traits.features.includes('shader-f16')) return;
  const fitting = variantsFor(device, op, run);
  expect(fitting).toEqual(
    expect.arrayContaining(device.traits.features.includes('subgroups') ? [...variants] : [storage === 'f16' ? 'naive_f16' : 'naive']),
  );
  const want = await runOp(device, op, { ...run, inputs: asStored(op, run.inputs, run.attrs ?? {}), attrs, variant: 'naive' });
  for (const variant of fitting) {
    const got = await runOp(device, op, { ...run, variant });
    for (const [name, { sum, shape, dtype }] of Object.entries(got))
      compare(`${op}.${variant} on ${kind}: ${name}`, sum, want[name]!.sum, shape, toleranceOf(op, dtype));
  }
}
