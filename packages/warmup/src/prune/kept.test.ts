import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { PreparedData, trainingItems } from '../natural.js';
import { parseRunRecipe } from '../recipe.js';
import { barsData } from '../testing/bars.js';
import { runTrial } from '../trial.js';

const hash = 'ab'.repeat(32);
const indices = Uint32Array.from({ length: 90 }, (_, i) => 3 * i + 1);

for (const kind of await testAdapters()) {
  describe(`a trial on a keep list on ${kind}`, () => {
    const trial = async (data: typeof barsData, recipe: object, kept?: { indices: Uint32Array; hash: string }) => {
      const device = await testDevice(kind);
      const prepared = new PreparedData(device, data, undefined, kept);
      const result = await runTrial(
        { device, data: prepared, onEvent: () => {} },
        parseRunRecipe({ p: 0, steps: 8, batch: 16, ...recipe }),
      );
      const parameters = await result.parameters.read();
      result.parameters.destroy();
      return parameters;
    };

    it('trains on the kept images alone: the bits of a data set that has no others', async () => {
      const alone = await trial({ ...barsData, train: trainingItems(barsData, indices) }, {});
      expect(await trial(barsData, { keepList: hash }, { indices, hash })).toEqual(alone);
      expect(await trial(barsData, {})).not.toEqual(alone);
    });

    it('refuses data of another list than the recipe names', async () => {
      await expect(trial(barsData, { keepList: hash })).rejects.toThrow('recipe.keepList: got data of all examples');
      await expect(trial(barsData, {}, { indices, hash })).rejects.toThrow('expected all examples');
    });
  });
}
