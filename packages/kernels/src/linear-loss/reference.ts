import { linearReference } from '../linear/reference.js';
import { mseReference } from '../mse/reference.js';
import type { Reference } from '../reference.js';
import { softmaxCrossEntropyReference } from '../softmax-cross-entropy/reference.js';

/** The linear layer, then the loss rows; the gradients are checked by finite differences of their mean. */
export const linearLossReference: Reference = ({ inputs, attrs }) => {
  const { x, w, b, labels } = inputs;
  const data = linearReference({ inputs: { x: x!, w: w!, b: b! }, attrs: { relu: false } }).y!;
  const z = { shape: [x!.shape[0]!, w!.shape[0]!], data };
  const loss =
    attrs.kind === 'mse'
      ? mseReference({ inputs: { pred: z, labels: labels! }, attrs: {} })
      : softmaxCrossEntropyReference({ inputs: { logits: z, labels: labels! }, attrs });
  return { rows: loss.rows! };
};
