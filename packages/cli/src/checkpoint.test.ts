import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Device, openDevice } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { encodeCheckpoint, PreparedData, parseRunRecipe, type RunRecipe, type TrialState } from '@kindling/warmup';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { barsData } from '../../warmup/src/testing/bars.js';
import { CheckpointFiles } from './checkpoint-files.js';
import { recordTrial } from './record-trial.js';
import type { Session } from './session.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-checkpoint-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));
const at = (name: string): string => join(place, name);

describe('checkpoint files', () => {
  const recipe = parseRunRecipe({ p: 0 });
  const numbers = (seed: number) => Float32Array.from({ length: 24 }, (_, i) => Math.sin(seed + i));
  const state = (step: number): TrialState => ({
    phase: 'natural',
    done: step,
    step,
    sets: { model: { 'fc.weight': { shape: [1, 4, 6], weight: numbers(step), m: numbers(step + 1), v: numbers(step + 2) } } },
    counters: { natural: step },
    time: { compile: 0, generate: 0, load: 0, train: 0, evaluate: 0, total: 0 },
    traffic: {
      hostToGpuBytes: 0,
      gpuToHostBytes: 0,
      dispatches: 0,
      submits: 0,
      buffersCreated: 0,
      buffersDestroyed: 0,
      bindGroupsCreated: 0,
      pipelinesCreated: 0,
    },
  });
  async function written(name: string, steps: readonly number[]): Promise<CheckpointFiles> {
    rmSync(at(name), { recursive: true, force: true });
    mkdirSync(at(name));
    const files = new CheckpointFiles(at(name));
    for (const step of steps) files.save(step, await encodeCheckpoint(state(step), [recipe], { adapter: 'here' }));
    return files;
  }
  const notes: string[] = [];
  const note = (line: string): number => notes.push(line);
  afterEach(() => notes.splice(0));

  it('are the newest two, by step and not by name, and return what was kept', async () => {
    const files = await written('two', [99_999_990, 5, 100_000_000]);
    expect(files.steps).toEqual([100_000_000, 99_999_990]);
    const newest = await files.newest(note);
    expect(newest).toMatchObject({ state: state(100_000_000), recipes: [recipe], notes: { adapter: 'here' } });
    expect(notes).toEqual([]);
    expect(await new CheckpointFiles(at('nowhere')).newest(note)).toBeUndefined();
  });

  it('fall back to the older one for a bit flipped in any region, and say so', async () => {
    const whole = readFileSync((await written('flip', [10, 20])).pathOf(20));
    const [size, data] = [whole.length, 8 + Number(whole.readBigUInt64LE(0))];
    // Header length, the opening, the hash and its end, the metadata, the tensors' entries, padding, the first and the last data.
    const places = [0, 7, 8, 20, 35, 60, 98, 110, 300, 600, data - 60, data - 1, data, data + 100, size - 1];
    for (const [i, byte] of places.entries()) {
      const files = await written('flip', [10, 20]);
      const path = files.pathOf(20);
      const bytes = readFileSync(path);
      bytes[byte]! ^= 1 << (i % 8);
      writeFileSync(path, bytes);
      expect((await files.newest(note))?.state, `byte ${byte}`).toEqual(state(10));
      expect(notes.splice(0)).toEqual([
        expect.stringContaining(`${path} is damaged`),
        expect.stringContaining('going on from the older one'),
      ]);
      expect(files.steps).toEqual([10]);
      expect(readdirSync(at('flip'))).toContain('checkpoint-00000020.safetensors.damaged');
    }
  });

  it('fall back from a file that was cut off, and refuse when none is whole', async () => {
    const files = await written('cut', [10, 20]);
    writeFileSync(files.pathOf(20), readFileSync(files.pathOf(20)).subarray(0, -1));
    expect((await files.newest(note))?.state.step).toBe(10);
    writeFileSync(files.pathOf(10), '');
    await expect(files.newest(note)).rejects.toThrow(/damaged checkpoints alone.*start the run anew/);
  });

  it('do not count what a killed process left half written', async () => {
    const files = await written('half', [10]);
    writeFileSync(`${files.pathOf(20)}.4711.tmp`, 'half');
    expect((await files.newest(note))?.state.step).toBe(10);
    expect(readdirSync(at('half'))).toEqual(['checkpoint-00000010.safetensors']);
  });
});

const adapters = await testAdapters();

describe.each(adapters)('a trial on %s that loses its device', { timeout: 240_000 }, (kind) => {
  const natural = barsData;
  const at = (name: string): string => join(place, `${kind}-${name}`);
  const session = (device: Device): Session => ({
    device,
    adapter: kind,
    natural,
    data: new PreparedData(device, natural),
    facts: { name: 'bars', folder: null, train: natural.train.count, test: natural.test.count },
    setup: { read: 0, open: 0, upload: 0 },
    close: () => device.destroy(),
  });
  const lines = (folder: string): Record<string, unknown>[] =>
    readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const points = (folder: string) =>
    lines(folder).flatMap(({ type, phase, step, losses, accuracy }) =>
      type === 'train' || type === 'eval' ? [{ type, phase, step, losses, accuracy }] : [],
    );

  /** Runs a trial and destroys its device each time the record reaches one of `losses` steps. */
  async function run(recipe: RunRecipe, name: string, losses: readonly number[], every = 10) {
    const open = () => openDevice({ adapter: kind, notice: () => undefined });
    let current = losses.length > 0 ? await open() : await testDevice(kind);
    const pending = [...losses];
    const watch = setInterval(() => {
      const last = (() => {
        try {
          return lines(at(name)).at(-1);
        } catch {
          return undefined;
        }
      })();
      if (!current.isLost && pending.length > 0 && last?.type === 'train' && (last.step as number) >= pending[0]!) {
        pending.shift();
        current.gpu.destroy();
      }
    }, 1);
    const said: string[] = [];
    const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    try {
      const trial = await recordTrial(session(current), recipe, {
        folder: at(name),
        signal: new AbortController().signal,
        label: name,
        restart: 'again',
        checkpoints: {
          every,
          resume: false,
          reopen: async () => {
            current = await open();
            return session(current);
          },
        },
      });
      return { model: trial.model, said: said.join(''), pending };
    } finally {
      clearInterval(watch);
      stderr.mockRestore();
      if (losses.length > 0) current.destroy();
    }
  }

  const trials = [
    // In both phases; and where a sampler is in training, beyond its first checkpoint.
    ['count', { arm: 'published', p: 0.5, steps: 60, batch: 4 }, [10, 40]],
    ['augment', { experiment: 'augment', arm: 'published', p: 0.75, steps: 40, batch: 4 }, [20]],
  ] as const;
  // That a sampler's state gives the same bits on every adapter is shown where checkpoints are: a device that is opened again compiles everything.
  it.each(kind === adapters[0] ? trials : trials.slice(0, 1))(
    'goes on from the last checkpoint, says so, and ends with the same bits: %s',
    async (name, fields, losses) => {
      const recipe = parseRunRecipe(fields);
      const whole = await run(recipe, `${name}-whole`, []);
      const lost = await run(recipe, `${name}-lost`, losses);
      expect(lost.pending).toEqual([]);
      expect(lost.said.match(/was lost after step \d+.*opening it again/g)).toHaveLength(losses.length);
      expect(lost.said).toMatch(/going on after step \d+ of/);
      expect(Buffer.from(lost.model).equals(Buffer.from(whole.model))).toBe(true);
      expect(points(at(`${name}-lost`))).toEqual(points(at(`${name}-whole`)));
      const recovered = lines(at(`${name}-lost`)).filter(({ type }) => type === 'recovered') as { step: number; lostAt: number }[];
      expect(recovered).toHaveLength(losses.length);
      for (const { step, lostAt } of recovered) {
        expect(lostAt - step).toBeGreaterThanOrEqual(0);
        expect(lostAt - step).toBeLessThanOrEqual(10);
      }
    },
  );

  it('gives up where it gets nowhere', async () => {
    const recipe = parseRunRecipe({ arm: 'skip', p: 0, steps: 200, batch: 4 });
    await expect(run(recipe, 'nowhere', [10, 10, 10, 10], 0)).rejects.toMatchObject({ exitCode: 3 });
    expect(lines(at('nowhere')).at(-1)).toMatchObject({ type: 'failed' });
  });
});
