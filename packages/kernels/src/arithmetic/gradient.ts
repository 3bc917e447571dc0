import { sameShape } from '@kindling/core';
import { listAttr } from '../axes.js';
import type { GradientContext, GradientRule, Ref } from '../gradient.js';

/** A gradient of the result's shape summed over the axes along which the operand stretched. */
const summed = ({ inputs, emit }: GradientContext, operand: 'a' | 'b', grad: Ref): Ref =>
  sameShape(grad.shape, inputs[operand]!.shape) ? grad : emit('sum_to', { x: grad }, { shape: listAttr(inputs[operand]!.shape) }).y!;

/** d(a + b): dy on both sides. */
export const addGradient: GradientRule = (context) => ({
  a: context.needs('a') ? summed(context, 'a', context.grads.y!) : null,
  b: context.needs('b') ? summed(context, 'b', context.grads.y!) : null,
});

/** d(a − b): dy and −dy. */
export const subGradient: GradientRule = (context) => ({
  a: context.needs('a') ? summed(context, 'a', context.grads.y!) : null,
  b: context.needs('b') ? context.emit('neg', { x: summed(context, 'b', context.grads.y!) }).y! : null,
});

/** d(a · b): dy·b and dy·a. */
export const mulGradient: GradientRule = (context) => {
  const { inputs, grads, emit, needs } = context;
  return {
    a: needs('a') ? summed(context, 'a', emit('mul', { a: grads.y!, b: inputs.b! }).y!) : null,
    b: needs('b') ? summed(context, 'b', emit('mul', { a: grads.y!, b: inputs.a! }).y!) : null,
  };
};

/** d(a / b): dy/b and −(dy/b)·(a/b). */
export const divGradient: GradientRule = (context) => {
  const { inputs, outputs, grads, emit, needs } = context;
  const quotient = emit('div', { a: grads.y!, b: inputs.b! }).y!;
  const b = () => emit('neg', { x: summed(context, 'b', emit('mul', { a: quotient, b: outputs.y! }).y!) }).y!;
  return { a: needs('a') ? summed(context, 'a', quotient) : null, b: needs('b') ? b() : null };
};
