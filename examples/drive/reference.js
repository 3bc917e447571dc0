// The net of net.js in f64, from its definition: softmax regression behind one ReLU layer, plain SGD. Slow, and only for checks.

/**
 * Mean cross-entropy of each step, before its update.
 * @param batches one a step: images [B·pixels] and labels [B]; @param weights as `initialWeights` gives them
 */
export function train(batches, weights, { batch: B, pixels: P, hidden: H, classes: C, rate }) {
  const [w1, b1, w2, b2] = ['w1', 'b1', 'w2', 'b2'].map((name) => Float64Array.from(weights[name]));
  return batches.map(({ images, labels }) => {
    const [dw1, db1, dw2, db2] = [w1, b1, w2, b2].map((values) => new Float64Array(values.length));
    let loss = 0;
    for (let n = 0; n < B; n++) {
      const x = images.subarray(n * P, (n + 1) * P);
      const h = Array.from({ length: H }, (_, j) => {
        let sum = b1[j];
        for (let i = 0; i < P; i++) sum += w1[j * P + i] * x[i];
        return Math.max(sum, 0);
      });
      const logits = Array.from({ length: C }, (_, k) => h.reduce((sum, value, j) => sum + w2[k * H + j] * value, b2[k]));
      const top = Math.max(...logits);
      const total = logits.reduce((sum, z) => sum + Math.exp(z - top), 0);
      loss += (Math.log(total) + top - logits[labels[n]]) / B;
      const dz = logits.map((z, k) => (Math.exp(z - top) / total - (k === labels[n] ? 1 : 0)) / B);
      for (let k = 0; k < C; k++) {
        db2[k] += dz[k];
        for (let j = 0; j < H; j++) dw2[k * H + j] += dz[k] * h[j];
      }
      for (let j = 0; j < H; j++) {
        if (h[j] === 0) continue;
        const dh = dz.reduce((sum, value, k) => sum + value * w2[k * H + j], 0);
        db1[j] += dh;
        for (let i = 0; i < P; i++) dw1[j * P + i] += dh * x[i];
      }
    }
    const pairs = [
      [w1, dw1],
      [b1, db1],
      [w2, dw2],
      [b2, db2],
    ];
    for (const [values, grads] of pairs) for (let i = 0; i < values.length; i++) values[i] -= rate * grads[i];
    return loss;
  });
}
