// The suite in Node (Dawn), by vitest, on every adapter that the machine has.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { root } from './build.mjs';

const version = (name) => {
  const require = createRequire(join(root, 'packages/device/package.json'));
  const main = require.resolve(name);
  return JSON.parse(readFileSync(join(dirname(main), 'package.json'), 'utf8')).version;
};

/**
 * @param files narrows the run; empty for all.
 * @param kinds of adapter; more than one in one run, as some tests compare them.
 */
export async function runNode({ files, kinds, survey }) {
  const folder = mkdtempSync(join(tmpdir(), 'kindling-suite-'));
  const shares = join(folder, 'shares');
  const report = join(folder, 'report.json');
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
  const args = [vitest, 'run', '--config', join(root, 'test/suite/vitest.config.mjs')];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const env = { ...process.env, KINDLING_SHARES: shares, KINDLING_TEST_ADAPTERS: kinds.join(',') };
  try {
    const code = await new Promise((done, fail) => {
      const child = spawn(process.execPath, [...args, ...reporters, ...files], { cwd: root, env, stdio: ['ignore', 2, 2] });
      child.on('error', fail).on('close', (status, signal) => done(signal ?? status));
    });
    const results = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')).testResults.map(resultOf) : [];
    const errors = code !== 0 && results.every(({ failed }) => failed.length === 0) ? [`vitest ended with ${code}`] : [];
    const found = existsSync(shares) ? readdirSync(shares).flatMap((file) => JSON.parse(readFileSync(join(shares, file), 'utf8'))) : [];
    return {
      version: `Node ${process.versions.node}, webgpu ${version('webgpu')}`,
      adapters: survey.adapters.filter(({ kind }) => kinds.includes(kind)),
      results: [...results, { file: '', passed: 0, failed: [], skipped: [], ms: 0, shares: found }],
      errors,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function resultOf({ name, status, message, startTime, endTime, assertionResults }) {
  const with_ = (...states) => assertionResults.filter((test) => states.includes(test.status));
  const failed = with_('failed').map((test) => ({
    name: [...test.ancestorTitles, test.title].join(' > '),
    // The message without the stack, as the other runners give it.
    error: test.failureMessages.join('\n').split(/\n\s+at /)[0],
  }));
  const file = relative(root, name);
  if (status === 'failed' && failed.length === 0) failed.push({ name: `${file} (the whole file)`, error: message });
  return {
    file,
    passed: with_('passed').length,
    failed,
    skipped: with_('skipped', 'pending', 'todo', 'disabled').map((test) => [...test.ancestorTitles, test.title].join(' > ')),
    ms: Math.round(endTime - startTime),
    shares: [],
  };
}
