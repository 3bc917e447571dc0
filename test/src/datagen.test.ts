import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeNpy } from '@kindling/core';
import { families, labelFormat, parseRecipe, type RecipeInput, sample } from '@kindling/datagen';
import { testAdapters } from '@kindling/device/testing';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { complaint, launch, type Result } from './command.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-datagen-'));
const at = (name: string): string => join(place, name);
const datagen = (...args: string[]): Promise<Result> => launch(['datagen', ...args], place).ended;
const adapters = await testAdapters();
const [adapter] = adapters;
const on = ['--adapter', adapter!];

afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Every file below a folder and what it holds. */
function contents(folder: string, below = ''): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const name = join(below, entry.name);
    if (entry.isDirectory()) Object.assign(found, contents(folder, name));
    else
      found[name] = createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex');
  }
  return found;
}

/** The digest as the specification words it, from the CPU twin alone. */
function twinDigest(input: RecipeInput, seed: number, steps: number, batch: number): string {
  const hash = createHash('sha256');
  const format = labelFormat(parseRecipe(input));
  const u32 = (values: ArrayLike<number>): void => {
    for (let i = 0; i < values.length; i++) {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(values[i]!);
      hash.update(bytes);
    }
  };
  for (let step = 0; step < steps; step++) {
    for (let index = 0; index < batch; index++) {
      const { words, labels } = sample(input, seed, step, index);
      u32(words.label);
      u32(words.image);
      if (format.dtype === 'u32' || format.integer) u32(labels);
    }
  }
  return hash.digest('hex');
}

describe('bad input', () => {
  mkdirSync(at('taken'));
  writeFileSync(at('taken/notes.txt'), 'mine');
  mkdirSync(at('site'));
  writeFileSync(at('site/index.html'), '<title>mine</title>');
  it.each([
    ['no command below', [], /got no command; expected a command: list, gallery, render, export, stats, hash/],
    ['an unknown command below', ['paint'], /unknown command 'paint'.*`kindling datagen --help`/],
    ['an unknown option', ['hash', '--shine'], /unknown option '--shine'.*Next: see `kindling datagen hash --help`/],
    ['no family', ['hash'], /got no --family or --recipe/],
    ['an unknown family', ['hash', '--family', 'clouds'], /--family: got "clouds"; expected one of count, /],
    ['a split of nothing', ['hash', '--family', 'count', '--split', '0'], /--split: got 0; expected a whole number from 1/],
    ['half a split', ['hash', '--family', 'count', '--split', '1.5'], /--split: got 1\.5/],
    ['a negative shard count', ['hash', '--family', 'count', '--shards', '-2'], /--shards: got -2/],
    ['a split in words', ['hash', '--family', 'count', '--split', 'two'], /--split: got "two"/],
    ['no steps', ['hash', '--family', 'count', '--steps', '0'], /--steps: got 0/],
    ['a seed beyond 32 bits', ['hash', '--family', 'count', '--seed', '4294967296'], /--seed: got 4294967296/],
    [
      'a family that is not the recipe’s',
      ['hash', '--family', 'count', '--recipe', 'gratings'],
      /--recipe: got a recipe of family gratings/,
    ],
    ['a recipe that is no JSON', ['render', '--recipe', '{count}'], /--recipe: got .*JSON/],
    ['a recipe that is no file', ['render', '--recipe', 'none.json'], /--recipe: got "none\.json"; expected a family’s name, a JSON file/],
    ['a field of the recipe', ['render', '--recipe', '{"family":"count","size":3}'], /--recipe: recipe\.size: got a field/],
    ['no recipe', ['render'], /got no --recipe/],
    ['an index that is no integer', ['render', '--recipe', 'count', '--index', '-1'], /--index: got -1/],
    ['an unknown format', ['export', '--family', 'count', '--format', 'hdf5'], /--format: got "hdf5"; expected npy, idx, png/],
    [
      'a picture of two channels',
      ['export', '--recipe', '{"family":"count","image":{"channels":2}}', '--format', 'png'],
      /--format: got png for 2/,
    ],
    ['a folder in use', ['export', '--family', 'count', '--out', 'taken', ...on], /taken: got a folder that holds notes\.txt/],
    ['too few samples', ['stats', '--family', 'count', '--samples', '3'], /--samples: got 3/],
    ['a picture that is a folder', ['render', '--recipe', 'count', '--png', '.'], /--png: got \., which is a folder/],
    ['a picture without a name', ['render', '--recipe', 'count', '--png', ''], /--png: got ""; expected a path/],
    [
      'a picture of normalised values',
      ['render', '--recipe', '{"family":"count","post":[{"kind":"normalise","mean":[0],"deviation":[1]}]}', '--png', 'x.png'],
      /--png: got a recipe that ends in the post normalise/,
    ],
    ['an export to nowhere', ['export', '--family', 'count', '--out', ''], /--out: got ""; expected a path/],
    // A folder that cannot be made, for root too.
    ['an export below a file', ['export', '--family', 'count', '--out', 'taken/notes.txt/x', ...on], /taken\/notes\.txt\/x: got ENOTDIR/],
    ['a gallery of no family', ['gallery', '--family', ','], /--family: got ""; expected some of count/],
    [
      'a gallery over another page',
      ['gallery', '--family', 'count', '--out', 'site'],
      /site\/index\.html: got a page that the gallery did/,
    ],
    ['a gallery of nothing known', ['gallery', '--family', 'count,clouds'], /--family: got "clouds"/],
  ])('%s ends with exit code 2 and says what to do', async (_, args, message) => {
    const result = await datagen(...args);
    expect(complaint(result)).toMatch(message);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(complaint(result)).toMatch(/kindling: .*Next: /);
  });

  it('leaves a folder in use as it was', () => {
    expect(readdirSync(at('taken'))).toEqual(['notes.txt']);
  });

  it.each([[], ['list'], ['gallery'], ['render'], ['export'], ['stats'], ['hash']])('%s --help has examples', async (...args) => {
    const result = await datagen(...args, '--help');
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('Examples:\n  $ npx kindling datagen');
  });
});

describe('list', () => {
  it('names every family, with default recipes that parse', async () => {
    const plain = await datagen('list');
    for (const id of Object.keys(families)) expect(plain.stdout).toMatch(new RegExp(`^${id} `, 'm'));
    const json = JSON.parse((await datagen('list', '--json')).stdout);
    expect(json.families.map(({ id }: { id: string }) => id)).toEqual(Object.keys(families));
    for (const { defaults } of json.families) expect(parseRecipe(defaults)).toEqual(defaults);
    const gratings = json.families.find(({ id }: { id: string }) => id === 'gratings');
    expect(gratings).toMatchObject({
      form: 'image',
      labels: ['class', 'values'],
      sizes: { height: [8, 256], width: [8, 256], channels: [1, 3] },
    });
  });
});

describe('hash', () => {
  const recipes: RecipeInput[] = [
    ...Object.keys(families).map((family) => ({ family }) as RecipeInput),
    { family: 'count', params: { density: 'uniform' }, label: { kind: 'standardised' } },
    { family: 'gratings', label: { kind: 'values' } },
    {
      family: 'mixture',
      parts: [{ recipe: { family: 'gratings' } }, { recipe: { family: 'count', label: { kind: 'class' } }, weight: 2 }],
    },
  ];

  it.each(recipes)('equals the CPU twin’s for %j', async (recipe) => {
    const args = ['--recipe', JSON.stringify(recipe), '--seed', '3', '--steps', '2', '--batch', '10'];
    const result = await datagen('hash', ...args, '--split', '3', '--shards', '4', ...on);
    expect(complaint(result)).not.toContain('Next:');
    expect(result.stdout).toBe(`${twinDigest(recipe, 3, 2, 10)}\n`);
  });

  it('of a mixture comes with one of the parts that were chosen, and of posts has no draws', async () => {
    const recipe: RecipeInput = {
      family: 'mixture',
      image: { height: 8, width: 8 },
      parts: [{ recipe: { family: 'gratings' } }, { recipe: { family: 'noise' }, weight: 2 }],
    };
    const chosen = Uint32Array.from({ length: 40 }, (_, index) => sample(recipe, 1, 0, index).label);
    const wanted = createHash('sha256').update(chosen).digest('hex');
    const hash = async (input: RecipeInput, ...args: string[]) =>
      JSON.parse((await datagen('hash', '--recipe', JSON.stringify(input), '--batch', '40', '--json', ...args, ...on)).stdout);
    expect((await hash(recipe)).partsDigest).toBe(wanted);
    expect((await hash(recipe, '--split', '3', '--shards', '7')).partsDigest).toBe(wanted);
    const plain = await hash({ family: 'gratings' });
    expect(plain.partsDigest).toBeUndefined();
    expect((await hash({ family: 'gratings', post: [{ kind: 'affine' }] })).digest).toBe(plain.digest);
  });

  it('is the same for every split, number of shards and adapter, and another for other samples', async () => {
    const digest = async (...args: string[]): Promise<string> => {
      const result = await datagen('hash', '--json', '--family', 'gratings', '--batch', '50', '--steps', '2', ...args);
      expect(result.code).toBe(0);
      return JSON.parse(result.stdout).digest;
    };
    const splits = ['', '--split 7', '--shards 3', '--split 50 --shards 50', '--split 70 --shards 90', '--recipe gratings'].map((text) =>
      text.split(' ').filter((word) => word !== ''),
    );
    const same = await Promise.all(
      // Splits are the program's own work, the same on every adapter: one of them shows what differs.
      adapters.flatMap((kind, place) =>
        [['--split', '7', '--shards', '3'], ...(place > 0 ? [] : splits)].map((args) => digest('--adapter', kind, ...args)),
      ),
    );
    expect(new Set(same).size).toBe(1);
    expect(same[0]).toMatch(/^[0-9a-f]{64}$/);
    const others = await Promise.all(
      [
        ['--seed', '2'],
        ['--steps', '3'],
        ['--batch', '51'],
      ].map((args) => digest(...on, ...args)),
    );
    expect(new Set([same[0], ...others]).size).toBe(4);
  });
});

describe('render', () => {
  it('draws exactly that sample, and prints its label and parameters', async () => {
    const recipe: RecipeInput = { family: 'gratings', image: { height: 20, width: 24, channels: 3 } };
    const index = 2 ** 40 + 5;
    writeFileSync(at('recipe.json'), JSON.stringify(recipe));
    const args = ['--recipe', 'recipe.json', '--seed', '7', '--step', '9', '--index', String(index), '--png', 'one.png'];
    const result = await datagen('render', ...args, '--json', ...on);
    expect(result.code).toBe(0);
    const { image, label, parameters } = sample(recipe, 7, 9, index);
    const said = JSON.parse(result.stdout);
    expect(said).toMatchObject({ family: 'gratings', seed: 7, step: 9, index, label, labels: [label], png: 'one.png' });
    for (const [name, value] of Object.entries(parameters)) expect(said.parameters[name]).toBeCloseTo(value, 5);
    const png = PNG.sync.read(readFileSync(at('one.png')));
    expect([png.width, png.height]).toEqual([24, 20]);
    for (let pixel = 0; pixel < 480; pixel++) {
      for (let c = 0; c < 3; c++) expect(Math.abs(png.data[4 * pixel + c]! - 255 * image[c * 480 + pixel]!)).toBeLessThanOrEqual(0.51);
    }
    const posted: RecipeInput = { family: 'gratings', post: [{ kind: 'affine' }, { kind: 'noise' }] };
    const { stdout } = await datagen('render', '--recipe', JSON.stringify(posted), '--seed', '3', '--index', '2', '--json', ...on);
    const wanted = sample(posted, 3, 0, 2).parameters;
    const drawn = JSON.parse(stdout).parameters;
    expect(Object.keys(drawn)).toEqual(Object.keys(wanted));
    for (const [name, value] of Object.entries(wanted)) expect(drawn[name]).toBeCloseTo(value, 5);
    const plain = await datagen('render', '--recipe', 'recipe.json', '--index', '1', ...on);
    expect(plain.stdout).toContain(`class ${sample(recipe, 1, 0, 1).label} of 8`);
    expect(plain.stdout).toMatch(/frequency +\d/);
  });
});

describe('export', () => {
  const recipe: RecipeInput = { family: 'gratings', image: { height: 8, width: 9, channels: 1 } };
  const base = ['--recipe', JSON.stringify(recipe), '--seed', '4', '--step', '1', '--count', '600', ...on];

  it('writes NPY that holds the samples', async () => {
    const result = await datagen('export', ...base, '--out', 'npy', '--json');
    expect(JSON.parse(result.stdout)).toMatchObject({ count: 600, rendered: 600, format: 'npy' });
    const images = decodeNpy(readFileSync(at('npy/images.npy')));
    const labels = decodeNpy(readFileSync(at('npy/labels.npy')));
    expect([images.shape, labels.shape]).toEqual([[600, 1, 8, 9], [600]]);
    for (const index of [0, 1, 511, 512, 599]) {
      const { image, label } = sample(recipe, 4, 1, index);
      expect(labels.data[index]).toBe(label);
      for (const [i, pixel] of image.entries()) expect(images.data[72 * index + i]).toBeCloseTo(pixel, 4);
    }
    const card = JSON.parse(readFileSync(at('npy/dataset.json'), 'utf8'));
    expect(card).toMatchObject({ recipe: parseRecipe(recipe), seed: 4, step: 1, count: 600, finished: 600 });
  });

  it('writes IDX as MNIST has it, and PNG files with their labels', async () => {
    await datagen('export', ...base, '--format', 'idx', '--out', 'idx');
    const images = readFileSync(at('idx/images-idx3-ubyte'));
    expect([0, 4, 8, 12].map((offset) => images.readUInt32BE(offset))).toEqual([0x803, 600, 8, 9]);
    const labels = readFileSync(at('idx/labels-idx1-ubyte'));
    expect([labels.readUInt32BE(0), labels.readUInt32BE(4), labels.length]).toEqual([0x801, 600, 608]);
    await datagen('export', ...base, '--count', '12', '--format', 'png', '--out', 'png');
    const lines = readFileSync(at('png/labels.csv'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(13);
    for (const [n, line] of lines.slice(1).entries()) {
      const [file, label] = line.split(',');
      expect(Number(label)).toBe(labels[8 + n]);
      const png = PNG.sync.read(readFileSync(at(join('png', file!))));
      for (let pixel = 0; pixel < 72; pixel++) expect(png.data[4 * pixel]).toBe(images[16 + 72 * n + pixel]);
    }
  });

  it('writes labels of several values and classes beyond a byte', async () => {
    const values = ['--recipe', '{"family":"gratings","label":{"kind":"values"}}', '--count', '5', ...on];
    await datagen('export', ...values, '--out', 'values');
    expect(decodeNpy(readFileSync(at('values/labels.npy'))).shape).toEqual([5, 3]);
    await datagen('export', ...values, '--format', 'idx', '--out', 'values-idx');
    const floats = readFileSync(at('values-idx/labels-idx2-float'));
    expect([floats.readUInt32BE(0), floats.readUInt32BE(4), floats.readUInt32BE(8)]).toEqual([0xd02, 5, 3]);
    const npy = decodeNpy(readFileSync(at('values/labels.npy'))).data;
    for (const [i, value] of npy.entries()) expect(floats.readFloatBE(12 + 4 * i)).toBe(value);
    await datagen(
      'export',
      '--recipe',
      '{"family":"count","label":{"kind":"class","classes":700}}',
      '--count',
      '5',
      '--format',
      'idx',
      '--out',
      'many',
      ...on,
    );
    expect(readFileSync(at('many/labels-idx1-int')).readUInt32BE(0)).toBe(0xc01);
  });

  it.each(['npy', 'idx', 'png'])('goes on after kill -9 and ends with the same bytes: %s', async (format) => {
    const long = ['export', '--recipe', '{"family":"gratings","image":{"channels":3}}', '--format', format, ...on];
    const args = [...long, '--count', format === 'png' ? '1600' : '6000'];
    const card = at(`killed-${format}/dataset.json`);
    const finished = (): number => (existsSync(card) ? JSON.parse(readFileSync(card, 'utf8')).finished : 0);
    let kills = 0;
    let before = 0;
    while (kills < 2) {
      const { child, ended } = launch(['datagen', ...args, '--out', `killed-${format}`], place);
      const running = ended.then(() => 'ended' as const);
      // Killed once it has got further: at a random moment of the writing that follows.
      while (finished() <= before) {
        if ((await Promise.race([running, new Promise((done) => setTimeout(done, 2))])) === 'ended')
          throw new Error('ended before it was killed');
      }
      child.kill('SIGKILL');
      expect((await ended).code).toBeNull();
      before = finished();
      kills++;
    }
    expect(before).toBeGreaterThan(0);
    const last = await datagen(...args, '--out', `killed-${format}`);
    expect(last.stdout).toContain('were there already');
    expect((await datagen(...args, '--out', `whole-${format}`)).code).toBe(0);
    expect(contents(at(`killed-${format}`))).toEqual(contents(at(`whole-${format}`)));
  });

  it('refuses to go on with another export, or with files that lost bytes', async () => {
    const other = await datagen('export', ...base, '--seed', '5', '--out', 'npy');
    expect(other.code).toBe(2);
    expect(complaint(other)).toMatch(/npy\/dataset\.json: seed: got 4 in the folder; expected 5/);
    writeFileSync(at('npy/images.npy'), readFileSync(at('npy/images.npy')).subarray(0, 1000));
    const short = await datagen('export', ...base, '--out', 'npy');
    expect(short.code).toBe(2);
    expect(complaint(short)).toMatch(/images\.npy: got 1000 bytes; expected at least/);
  });

  it('an interrupt ends with exit code 130 and says how to go on', async () => {
    const { child, ended } = launch(['datagen', 'export', '--family', 'gratings', '--count', '1000000', ...on, '--out', 'stopped'], place);
    while (!existsSync(at('stopped/dataset.json')) || JSON.parse(readFileSync(at('stopped/dataset.json'), 'utf8')).finished === 0) {
      await new Promise((done) => setTimeout(done, 5));
    }
    child.kill('SIGINT');
    const result = await ended;
    expect(result.code).toBe(130);
    expect(complaint(result)).toMatch(/an interrupt after [\d,]+ of 1,000,000 samples.*Next: repeat the command/);
  });
});

describe('stats', () => {
  it('reports labels, parameters and pixels, and finds them sound', async () => {
    const result = await datagen('stats', '--family', 'gratings', '--samples', '800', '--json', ...on);
    expect(result.code).toBe(0);
    const { labels, parameters, pixels, failed, samples } = JSON.parse(result.stdout);
    expect(samples).toBe(800);
    expect(labels.counts).toHaveLength(8);
    expect(labels.counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(800);
    expect(failed).toEqual([]);
    expect(parameters.map(({ test }: { test: string }) => test)).toEqual(['chi2', ...new Array(10).fill('ks')]);
    for (const { p, histogram, count } of parameters) {
      expect(p).toBeGreaterThan(1e-6);
      expect(histogram.reduce((sum: number, value: number) => sum + value, 0)).toBe(count);
    }
    expect(pixels[0].mean).toBeCloseTo(0.5, 1);
    expect(pixels[0].min).toBeGreaterThanOrEqual(0);
  });

  it('shows a table, also for a family that draws nothing beforehand and for a mixture', async () => {
    const plain = await datagen('stats', '--family', 'gratings', '--samples', '64', ...on);
    expect(plain.stdout).toMatch(/frequency +uniform .*KS/);
    const count = await datagen('stats', '--family', 'count', '--samples', '64', ...on);
    expect(count.stdout).toMatch(/labels +0: mean 39\d/);
    const mixture = '{"family":"mixture","parts":[{"recipe":{"family":"gratings"}},{"recipe":{"family":"count"}}]}';
    const mixed = await datagen('stats', '--recipe', mixture, '--samples', '100', ...on);
    expect(mixed.code).toBe(0);
    expect(mixed.stdout).toMatch(/parts +gratings \d+, count \d+: χ² \d+\.\d \(1 df\), p 0\.\d+/);
    const { parts, partsTest } = JSON.parse((await datagen('stats', '--recipe', mixture, '--samples', '100', '--json', ...on)).stdout);
    expect(parts[0] + parts[1]).toBe(100);
    expect(partsTest).toMatchObject({ test: 'chi2', freedom: 1, statistic: (parts[0] - 50) ** 2 / 25 });
    const posted = await datagen('stats', '--recipe', '{"family":"count","post":[{"kind":"affine"}]}', '--samples', '100', ...on);
    expect(posted.code).toBe(0);
    expect(posted.stdout).toMatch(/0\.rotation +uniform .*KS/);
  });
});

describe('gallery', () => {
  it('leaves sheets at 28 and 64 pixels and a page that shows them', async () => {
    const result = await datagen('gallery', '--family', 'gratings', '--family', 'count', '--out', 'sheets', '--json', ...on);
    expect(result.code).toBe(0);
    const files = ['count-28.png', 'count-64.png', 'gratings-28.png', 'gratings-64.png'];
    expect(readdirSync(at('sheets')).sort()).toEqual([...files, 'index.html']);
    const page = readFileSync(at('sheets/index.html'), 'utf8');
    for (const file of files) expect(page).toContain(`<img src="${file}"`);
    const { width, height, data } = PNG.sync.read(readFileSync(at('sheets/gratings-28.png')));
    expect(width).toBeGreaterThan(10 * 112);
    // The ground is dark and neutral; what is on it is not blank.
    expect([...data.subarray(0, 3)]).toEqual([0x1b, 0x1c, 0x1e]);
    const bright = Array.from({ length: width * height }, (_, i) => data[4 * i]!).filter((value) => value > 120).length;
    expect(bright / (width * height)).toBeGreaterThan(0.2);
  });
});
