import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

// The built command, as npm links it: `npm test` builds first.
const bin = fileURLToPath(new URL('../../packages/cli/bin/kindling.js', import.meta.url));

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the command in a folder. */
export function launch(args: readonly string[], cwd: string): { child: ChildProcess; ended: Promise<Result> } {
  const child = spawn(process.execPath, [bin, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const result = { stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    result.stdout += text;
  });
  child.stderr.on('data', (text) => {
    result.stderr += text;
  });
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, ...result }))) };
}

/** What Kindling said on stderr, without what Dawn prints there. */
export const complaint = ({ stderr }: Result): string => stderr.replace(/^Warning: .*\n/gm, '').trim();
