import { describe, expect, it } from 'vitest';
import { generatorHash } from './generator-hash.js';

describe('generatorHash', () => {
  it('is of what renders the recipe, not of how it is written', async () => {
    const hash = await generatorHash({ family: 'gratings' });
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await generatorHash({ family: 'gratings', params: {} })).toBe(hash);
    expect(await generatorHash({ family: 'gratings', image: { height: 27 } })).not.toBe(hash);
    // A table that the host computes: the maps of the systems.
    const systems = (seed: number) => generatorHash({ family: 'ifs', params: { systemSeed: seed } });
    expect(await systems(1)).not.toBe(await systems(2));
  });
});
