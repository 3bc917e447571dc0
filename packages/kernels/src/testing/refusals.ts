import { coreTraits, InputError, type Shape } from '@kindling/core';
import { expect } from 'vitest';
import type { Attrs } from '../op.js';
import { type OpName, ops } from '../registry.js';

/** Expects the op's shape rule to refuse with an InputError that names the op and the tensor. */
export function expectRefusal(op: OpName, shapes: Readonly<Record<string, Shape>>, attrs: Attrs, tensor: string): void {
  const attempt = () => ops[op].infer(shapes, attrs, coreTraits);
  expect(attempt, `${op} ${JSON.stringify(shapes)}`).toThrow(InputError);
  expect(attempt, `${op} ${JSON.stringify(shapes)}`).toThrow(new RegExp(`^${op}: got .*\\b${tensor}\\b`));
}

/** Expects a refusal of a zero on every axis of every input of a problem that is fine otherwise. */
export function expectZeroSizesRefused(op: OpName, shapes: Readonly<Record<string, Shape>>, attrs: Attrs = {}): void {
  expect(() => ops[op].infer(shapes, attrs, coreTraits)).not.toThrow();
  for (const [tensor, shape] of Object.entries(shapes)) {
    shape.forEach((_, axis) => {
      const broken = { ...shapes, [tensor]: shape.with(axis, 0) };
      const attempt = () => ops[op].infer(broken, attrs, coreTraits);
      expect(attempt, `${op} with ${tensor} [${broken[tensor]}]`).toThrow(InputError);
      // Two tensors share the axis, so that the message may name either.
      expect(attempt, `${op} with ${tensor} [${broken[tensor]}]`).toThrow(
        new RegExp(`^${op}: got (${Object.keys(shapes).join('|')}) of shape`),
      );
    });
  }
}
