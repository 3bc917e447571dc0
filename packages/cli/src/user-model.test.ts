import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { HeaderLine } from './run-folder.js';
import { importModule, keepModule, modelFacts, modelFrom, modelOfRun, moduleOfRun } from './user-model.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-model-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const facts = { channels: 1, height: 4, width: 6, classes: 3 };

let files = 0;
/** A module of its own: Node imports each path once. */
function written(text: string, extension = '.mjs'): string {
  const path = join(place, `module-${files++}${extension}`);
  writeFileSync(path, text);
  return path;
}
/** A linear model that needs no package: it emits its op itself. */
const source = (name = 'plain') => `export default ({ channels, height, width }) => ({
  name: '${name}',
  parameters: (outputs) => ({ w: { shape: [outputs, channels * height * width], bound: 0.1 } }),
  forward: (p, { x }) => x.graph.emit('linear', { x: x.graph.reshape(x, [x.shape[0], 24]), w: p.w }, { relu: false }).y,
});
`;
/** A run folder whose record names the module. */
async function runWith(path: string): Promise<{ folder: string; header: Partial<HeaderLine> }> {
  const folder = join(place, `run-${files++}`);
  mkdirSync(folder);
  const module = await importModule(path);
  keepModule(folder, module);
  const header = { recipe: {}, versions: {}, model: modelFacts(module) };
  writeFileSync(join(folder, 'metrics.jsonl'), `${JSON.stringify({ type: 'header', ...header })}\n`);
  return { folder, header };
}
const refused = async (work: Promise<unknown>, message: RegExp): Promise<void> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  expect((error as InputError).message).toMatch(message);
};

describe('a module', () => {
  it('is imported, with its hash, and makes the model', async () => {
    const module = await importModule(written(source()));
    expect(module).toMatchObject({ copy: 'model.mjs', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(modelFrom(module, facts).spec).toMatchObject({ name: 'plain', input: { channels: 1, height: 4, width: 6 } });
  });

  it.each([
    ['a syntax error', 'export default = 3;', /\.mjs: got \w+Error: .*expected a JavaScript module that can be imported/],
    ['an import that is not there', "import '@kindling/nowhere';", /got Error: .*nowhere.*Next: install what it imports beside it/],
    ['an exception', "throw new RangeError('no');", /got RangeError: no(, line 1)?; expected a JavaScript module/],
  ])('with %s is refused', async (_, text, message) => {
    await refused(importModule(written(text)), message);
  });

  it('that is not there, or exports no function, is refused by name', async () => {
    await refused(importModule(join(place, 'nowhere.mjs')), /^--model: got .*nowhere\.mjs, which is no file/);
    await refused(importModule(place), /which is no file/);
    const path = written('export const model = 3;');
    const module = await importModule(path);
    expect(() => modelFrom(module, facts)).toThrow(`${path}: default export: got undefined`);
  });
});

describe('the module of a run', () => {
  it('is the unchanged file, else the copy, else none', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const path = written(source());
    const { folder, header } = await runWith(path);
    expect((await moduleOfRun(folder, header, undefined)).path).toBe(path);
    expect(said).not.toHaveBeenCalled();
    writeFileSync(path, `${source()}// changed`);
    expect(await moduleOfRun(folder, header, undefined)).toMatchObject(header.model!);
    expect(said.mock.calls.join()).toContain('is gone or changed, so the model comes from');
    said.mockRestore();
    writeFileSync(join(folder, 'model.mjs'), 'export default 3;');
    await refused(
      moduleOfRun(folder, header, undefined),
      /got neither .* nor .*model\.mjs as the run was made with; .*Next: name the module with --model/,
    );
    await refused(moduleOfRun(folder, {}, undefined), /got a record that names no module/);
  });

  it('is what --model names, which must make the model that was trained', async () => {
    const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const { folder } = await runWith(written(source()));
    expect((await modelOfRun(folder, 'plain', facts, written(`${source()}// moved`))).name).toBe('plain');
    expect(said.mock.calls.join()).toContain('is not the file that the run was made with');
    await refused(modelOfRun(folder, 'plain', facts, written(source('other'))), /got the model other; expected plain, which the run in/);
    await refused(
      modelOfRun(folder, 'poster-cnn', facts, written(source())),
      /got the model plain; expected poster-cnn.*Next: leave --model away/,
    );
    said.mockRestore();
    expect((await modelOfRun(folder, 'poster-cnn', facts, undefined)).name).toBe('poster-cnn');
  });
});
