// A recipe names its data by its hash, and a record is worth what its recipe still makes: both hold within a major version (docs/releases.md).
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { families } from '@kindling/datagen';
import { describe, expect, it } from 'vitest';
import { describeRecipe, describeRun, difference } from '../recipes/describe.mjs';

const file = fileURLToPath(new URL('../fixtures/recipe-hashes.json', import.meta.url));
const stored = JSON.parse(readFileSync(file, 'utf8'));
const remedy = 'this is a breaking change: bump the major, or keep the field out of the hash when it has its default (docs/releases.md)';

/** What is said of an entry that changed; undefined where it is what it was. */
const complaint = (name, entry, computed) => {
  const changed = difference(entry, computed);
  return changed && `${name}: ${changed}; ${remedy}`;
};

describe('stored recipes', () => {
  it.each(Object.entries(stored.recipes))('%s has its hash and makes its samples', async (name, entry) => {
    expect(complaint(name, entry, await describeRecipe(entry.recipe))).toBeUndefined();
  });

  it.each(Object.entries(stored.runs))('trial %s has its hash', async (name, entry) => {
    expect(complaint(name, entry, await describeRun(entry.recipe))).toBeUndefined();
  });

  it('hold every family', () => {
    const missing = Object.keys(families).filter((id) => !(id in stored.recipes));
    expect(missing, 'add it with: node test/recipes/main.mjs').toEqual([]);
  });

  it('are told from others: a changed default, draw, label or pixel', async () => {
    const entry = stored.recipes.strokes;
    const other = async (recipe) => complaint('strokes', entry, await describeRecipe(recipe));
    expect(await other({ family: 'strokes', image: { height: 32 } })).toMatch(
      /^strokes: hash was \w{64}, is \w{64}; this is a breaking change: bump the major/,
    );
    const computed = await describeRecipe(entry.recipe);
    expect(difference(entry, { ...computed, digest: computed.digest.replace(/^./, (c) => (c === '0' ? '1' : '0')) })).toMatch(
      /^digest was/,
    );
    const moved = computed.first.map((value, i) => (i === 0 ? value + 1e-4 : value));
    expect(difference(entry, { ...computed, first: moved })).toMatch(/^first was/);
    expect(difference({ ...entry, digest: undefined }, computed)).toMatch(/^digest was undefined/);
    expect((await describeRun({ steps: 501 })).hash).not.toBe(stored.runs.defaults.hash);
  });

  it('stay as they are: the script that adds refuses a name that is there', () => {
    const script = fileURLToPath(new URL('../recipes/main.mjs', import.meta.url));
    expect(() => execFileSync(process.execPath, [script, 'count', '{"family":"count"}'], { stdio: 'pipe' })).toThrow(
      'what is stored stays',
    );
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(stored);
  });
});
