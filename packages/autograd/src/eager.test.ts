import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { Eager } from './eager.js';
import { add, crossEntropy, matmul, relu } from './functions.js';

for (const kind of await testAdapters()) {
  describe(`eager on ${kind}`, () => {
    it('computes values and gradients by hand', async () => {
      const eager = new Eager(await testDevice(kind));
      const a = eager.tensor([1, 2, 3, 4], [2, 2], { grad: true, name: 'a' });
      const b = eager.tensor([1, 0, -1, 2], [2, 2], { grad: true, name: 'b' });
      const y = relu(matmul(a, b));
      expect(Array.from(await eager.read(y))).toEqual([0, 4, 0, 8]);
      eager.backward(y, eager.tensor([1, 1, 1, 1], [2, 2]));
      expect(Array.from(await eager.read(eager.grad(a)))).toEqual([0, 2, 0, 2]);
      expect(Array.from(await eager.read(eager.grad(b)))).toEqual([0, 4, 0, 6]);
      eager.destroy();
    });

    it('adds the gradients of a tensor that is used twice, and goes on after a read', async () => {
      const eager = new Eager(await testDevice(kind));
      const x = eager.tensor([1, -2, 3], [3], { grad: true, name: 'x' });
      const twice = add(x, x);
      expect(Array.from(await eager.read(twice))).toEqual([2, -4, 6]);
      const y = add(twice, relu(x));
      eager.backward(y, eager.tensor([1, 10, 100], [3]));
      expect(Array.from(await eager.read(eager.grad(x)))).toEqual([3, 20, 300]);
      eager.destroy();
    });

    it('differentiates a loss without a seed', async () => {
      const eager = new Eager(await testDevice(kind));
      const logits = eager.tensor([0, 0, 0, 0], [2, 2], { grad: true, name: 'logits' });
      const loss = crossEntropy(logits, eager.tensor([0, 1], [2], { dtype: 'u32' }));
      eager.backward(loss);
      expect((await eager.read(loss))[0]).toBeCloseTo(Math.log(2), 6);
      expect(Array.from(await eager.read(eager.grad(logits)))).toEqual([-0.25, 0.25, 0.25, -0.25]);
      expect(() => eager.backward(logits)).toThrow('backward: got an output of shape [2, 2] and no seed');
      expect(() => eager.tensor([1], [2])).toThrow('1 values for shape [2]');
      eager.destroy();
    });
  });
}
