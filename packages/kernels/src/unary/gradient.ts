import type { GradientRule } from '../gradient.js';
import { geluKind, type Kind } from './descriptor.js';

/** dx from dy and x. */
/* @__NO_SIDE_EFFECTS__ */
function fromInput(kind: Kind): GradientRule {
  return ({ inputs, grads, emit }) => ({ x: emit('unary_grad', { v: inputs.x!, dy: grads.y! }, { kind }).dx! });
}

/** dx from dy and y. */
/* @__NO_SIDE_EFFECTS__ */
function fromOutput(kind: Kind): GradientRule {
  return ({ outputs, grads, emit }) => ({ x: emit('unary_grad', { v: outputs.y!, dy: grads.y! }, { kind }).dx! });
}

/** Φ(x) + x·φ(x), or the derivative of the tanh form. */
export const geluGradient: GradientRule = (context) => fromInput(geluKind(context.attrs))(context);
/** 1 − y². */
export const tanhGradient = fromOutput('tanh');
/** y·(1 − y). */
export const sigmoidGradient = fromOutput('sigmoid');
/** y. */
export const expGradient = fromOutput('exp');
/** 1/x. */
export const logGradient = fromInput('log');
/** 2·x. */
export const squareGradient = fromInput('square');
/** 1/(2·y), infinite at 0. */
export const sqrtGradient = fromOutput('sqrt');
/** −1. */
export const negGradient: GradientRule = ({ grads, emit }) => ({ x: emit('neg', { x: grads.y! }).y! });
/** The factor. */
export const scaleGradient: GradientRule = ({ attrs, grads, emit }) => ({
  x: emit('scale', { x: grads.y! }, { factor: attrs.factor!, offset: 0 }).y!,
});
