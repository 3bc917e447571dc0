import { describe, expect, it } from 'vitest';
import { decodeSafetensors } from './safetensors.js';
import { openSealed, sealSafetensors } from './sealed.js';

const tensors = { weight: { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 3, -4, 5, 6) } } as const;
const seal = () => sealSafetensors(tensors, { step: '7', note: 'ü' });

describe('sealed safetensors', () => {
  it('are safetensors, and return what was written', async () => {
    const bytes = await seal();
    const { tensors: found, metadata } = await openSealed(bytes);
    expect(found).toEqual(tensors);
    expect(metadata).toMatchObject({ step: '7', note: 'ü', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(decodeSafetensors(bytes).metadata).toEqual(metadata);
    expect(await seal()).toEqual(bytes);
    expect((await openSealed(Buffer.from(bytes))).tensors).toEqual(tensors);
  });

  it('notice every single flipped bit', async () => {
    const bytes = await seal();
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = new Uint8Array(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await expect(openSealed(damaged), `bit ${bit}`).rejects.toMatchObject({ exitCode: 2 });
    }
  });

  it('notice a missing end, and bytes too many', async () => {
    const bytes = await seal();
    for (let length = 0; length < bytes.length; length += 5) {
      await expect(openSealed(bytes.subarray(0, length), 'x'), `${length} bytes`).rejects.toThrow(/^x: /);
    }
    await expect(openSealed(Buffer.concat([bytes, Buffer.from([0])]))).rejects.toThrow(/SHA-256/);
  });

  it('refuse metadata that would take the place of the hash', async () => {
    await expect(sealSafetensors(tensors, { sha256: 'mine' })).rejects.toThrow(/choose other names/);
    await expect(sealSafetensors(tensors, { 7: 'first' })).rejects.toThrow(/choose other names/);
  });
});
