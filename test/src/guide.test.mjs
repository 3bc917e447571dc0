// The fast half of `npm run test:tarballs`: the guide's model is one that Kindling takes, and its blocks are what that test runs.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeModel } from '@kindling/warmup';
import { expect, it } from 'vitest';
import { blocksOf } from '../tarballs/guide.mjs';

const blocks = blocksOf(readFileSync(new URL('../../docs/your-own-model.md', import.meta.url), 'utf8'));

it('the guide to a model of one’s own has its files and commands', () => {
  expect(blocks.flatMap(({ kind, name }) => (kind === 'file' ? [name] : []))).toEqual(['model.mjs', 'pictures.mjs', 'load.py']);
  const commands = blocks.flatMap(({ kind, text, where }) => (kind === 'commands' && where === 'folder' ? text.trim().split('\n') : []));
  expect(commands.filter((line) => line.startsWith('npx kindling')).map((line) => line.split(' ')[2])).toEqual([
    'warmup',
    'warmup',
    'warmup',
    'evaluate',
    'predict',
    'export',
  ]);
  expect(() => blocksOf('```js\nlet x;\n```\n')).toThrow('names no file');
});

it('its model is taken, for images of any size', async () => {
  // Beside the packages, so that imports resolve as for a reader.
  const file = fileURLToPath(new URL(`../guide-${process.pid}.mjs`, import.meta.url));
  try {
    writeFileSync(file, blocks.find(({ name }) => name === 'model.mjs').text);
    const { default: factory } = await import(file);
    for (const [channels, height, width] of [
      [3, 24, 28],
      [1, 28, 28],
      [4, 5, 7],
    ]) {
      const model = makeModel(factory, { channels, height, width, classes: 3 });
      expect(model).toMatchObject({ name: 'two-convs', head: 'fc2', input: { channels, height, width } });
    }
  } finally {
    rmSync(file, { force: true });
  }
});
