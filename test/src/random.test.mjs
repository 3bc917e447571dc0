import { spawn, spawnSync } from 'node:child_process';
import { drawWord, philoxWord, STREAM, sampleKey } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { root } from '../random/bundle.mjs';
import { assess, chanceOfWeak, readResults, table } from '../random/report.mjs';
import { streams } from '../random/streams.mjs';
import { controls, tests } from '../random/tests.mjs';

const line = (name, assessment = 'PASSED', p = 0.5) => `  ${name}|   0|       100|     100|${p.toFixed(8)}|  ${assessment}  `;
const passing = tests.map(({ name }) => line(name));

describe('the report of dieharder', () => {
  const streamOf = (name, lines, chosen = tests) => ({
    name,
    about: name,
    chosen,
    results: readResults(lines.join('\n')),
    words: 1e9,
    seconds: 1,
  });
  const rejected = Object.entries(controls).map(([name, { chosen }]) =>
    streamOf(
      name,
      chosen.map((test) => line(test.name, 'FAILED', 0)),
      chosen,
    ),
  );
  const verdict = (lines, others = rejected) =>
    table({ dieharder: '3.31.1', seed: 1, seconds: 60, streams: [streamOf('threefry-draws', lines), ...others] });

  it('reads names, tuples, p and assessments, and nothing else', () => {
    const text = `#=====#\n   rng_name    |rands/second|   Seed   |\n${line('diehard_runs', 'WEAK', 0.001)}\n        test_name   |ntup| tsamples |psamples|  p-value |Assessment`;
    expect(readResults(text)).toEqual([{ test: 'diehard_runs', ntuple: 0, tsamples: 100, psamples: 100, p: 0.001, assessment: 'WEAK' }]);
    expect(assess(readResults([...passing, line('a', 'WEAK'), line('b', 'FAILED')].join('\n')))).toEqual({
      total: tests.length + 2,
      passed: tests.length,
      weak: 1,
      failed: 1,
    });
  });

  it('is good when nothing failed and the controls did, a WEAK or two included', () => {
    expect(verdict(passing)).toMatchObject({ ok: true });
    const weak = verdict([...passing.slice(1), line(tests[0].name, 'WEAK', 0.004)]);
    expect(weak.ok).toBe(true);
    expect(weak.text).toContain('WEAK: threefry-draws, diehard_birthdays ntuple 0, p = 0.004');
  });

  it.each([
    ['a test failed', [...passing.slice(1), line(tests[0].name, 'FAILED', 0)], rejected, 'threefry-draws FAILED'],
    ['a test said nothing', passing.slice(1), rejected, 'threefry-draws lacks results'],
    ['too many are WEAK', passing.map((text, i) => (i < 8 ? text.replace('PASSED', 'WEAK') : text)), rejected, 'so many WEAK'],
    [
      'a control passed',
      passing,
      [{ ...rejected[0], results: readResults(line('dab_monobit2')) }, rejected[1]],
      'control-lcg was not rejected',
    ],
  ])('is not good when %s', (_, lines, others, reason) => {
    const { ok, text } = verdict(lines, others);
    expect(ok).toBe(false);
    expect(text).toContain(reason);
  });

  it('knows how many WEAK chance allows', () => {
    expect(chanceOfWeak(260, 0)).toBe(1);
    expect(chanceOfWeak(100, 1)).toBeCloseTo(1 - 0.99 ** 100, 12);
    expect(chanceOfWeak(2, 2)).toBeCloseTo(1e-4, 12);
  });
});

describe('the streams', () => {
  /** The first `count` words that a stream puts out. */
  const read = (name, seed, count) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ['test/random/stream.mjs', name, String(seed)], {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const chunks = [];
      let bytes = 0;
      child.stdout.on('data', (chunk) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes >= 4 * count) child.stdout.destroy();
      });
      let err = '';
      child.stderr.on('data', (text) => {
        err += text;
      });
      child.on('close', (code) => {
        const all = Buffer.concat(chunks);
        if (code !== 0 || bytes < 4 * count) reject(new Error(err));
        else resolve(new Uint32Array(all.buffer.slice(all.byteOffset, all.byteOffset + 4 * count)));
      });
    });

  it.each(Object.entries(streams))(
    '%s is the contract’s own words, also across the device’s chunks',
    async (name, { generator, stream, axis, inner }) => {
      const chunk = Math.floor(2 ** 22 / inner) * inner;
      const words = await read(name, 7, chunk + 3000);
      expect(stream in STREAM).toBe(true);
      for (const from of [0, chunk - 1500]) {
        for (let i = from; i < from + 3000; i++) {
          const place = Math.floor(i / inner);
          const key = sampleKey(7, stream, axis === 'step' ? place : 0);
          const word = (generator === 'philox' ? philoxWord : drawWord)(key, axis === 'index' ? place : 0, i % inner);
          if (words[i] !== word) expect.fail(`word ${i}: ${words[i]}, by the contract ${word}`);
        }
      }
    },
  );
});

describe('npm run test:random', () => {
  const run = (args, env = {}) =>
    spawnSync(process.execPath, ['test/random/main.mjs', ...args], { cwd: root, encoding: 'utf8', env: { ...process.env, ...env } });

  it('says what is missing and how to install it', () => {
    const { status, stderr } = run([], { PATH: '/nowhere' });
    expect([status, stderr]).toEqual([2, expect.stringContaining('apt-get install -y dieharder')]);
  });

  it('refuses streams and seeds that do not exist', () => {
    expect(run(['--only', 'threefry-draws,xorshift']).stderr).toContain('no such stream: xorshift');
    expect(run(['--seed', '-1']).status).toBe(2);
    expect(run(['--seed', '4294967296']).stderr).toContain('whole number of 32 bits');
  });
});
