import { formatShape, InputError, type Shape } from '@kindling/core';

/** Most axes that kernels with per-axis parameters take, after neighbours that behave alike are joined. */
export const MAX_AXES = 6;

/** A list of whole numbers as an attribute, which is plain JSON: `[0, 2]` is `'0,2'`, `[]` is `''`. */
export const listAttr = (values: readonly number[]): string => values.join(',');

/** The list behind an attribute. @throws InputError when it is not whole numbers with commas between. */
export function parseList(subject: string, name: string, text: unknown): number[] {
  const values = text === '' ? [] : String(text).split(',').map(Number);
  if (typeof text === 'string' && values.every(Number.isInteger)) return values;
  throw new InputError({
    subject,
    got: `${name} ${JSON.stringify(text)}`,
    expected: "whole numbers with commas between, e.g. '0,2'",
    next: `pass ${name} through listAttr`,
  });
}

/** An axis counted from the left, where −1 is the last. @throws InputError outside the tensor. */
export function requireAxis(subject: string, axis: number, tensor: string, shape: Shape): number {
  if (Number.isInteger(axis) && axis >= -shape.length && axis < shape.length) return axis < 0 ? axis + shape.length : axis;
  throw new InputError({
    subject,
    got: `axis ${axis} of ${tensor} ${formatShape(shape)}`,
    expected: `a whole axis from ${-shape.length} to ${shape.length - 1}`,
    next: 'name an axis that the tensor has',
  });
}

/** @throws InputError when a kernel would need more than six axes. */
export function requireFewAxes(subject: string, tensor: string, shape: Shape): void {
  if (shape.length <= MAX_AXES) return;
  throw new InputError({
    subject,
    got: `${tensor} of shape ${formatShape(shape)} (${shape.length} axes)`,
    expected: `at most ${MAX_AXES} axes`,
    next: `reshape ${tensor} so that neighbouring axes are joined`,
  });
}

/** Sizes of an index space and, by tensor, the elements that a step along each axis takes. */
export interface Strided {
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/** Drops axes of size 1 and joins neighbours that every tensor walks as one. */
export function joinAxes({ sizes, strides }: Strided): Strided {
  const joined: number[] = [];
  const steps: number[][] = strides.map(() => []);
  sizes.forEach((size, axis) => {
    if (size === 1) return;
    const last = joined.length - 1;
    if (last >= 0 && steps.every((own, tensor) => own[last] === strides[tensor]![axis]! * size)) {
      joined[last]! *= size;
      steps.forEach((own, tensor) => {
        own[last] = strides[tensor]![axis]!;
      });
      return;
    }
    joined.push(size);
    steps.forEach((own, tensor) => {
      own.push(strides[tensor]![axis]!);
    });
  });
  return { sizes: joined, strides: steps };
}

/** Numbers of a list as fields `<name><axis>`, aligned right in `length` axes and filled from the left. */
export function axisFields(name: string, values: readonly number[], fill: number, length = MAX_AXES): Record<string, number> {
  const padded = [...new Array<number>(Math.max(0, length - values.length)).fill(fill), ...values];
  return Object.fromEntries(padded.map((value, axis) => [`${name}${axis}`, value]));
}
