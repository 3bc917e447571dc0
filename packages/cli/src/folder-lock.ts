import { closeSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { onDisk } from './terminal.js';

/** The lock's name within its folder. */
export const LOCK = 'running.json';

/** Milliseconds between two signs of life, and after which a lock of another machine without one is dead. */
const BEAT_MS = 30_000;
const DEAD_MS = 10 * BEAT_MS;

/** How long a process that is being killed may take to end, and how often to look. */
const ENDING_MS = 3000;
const LOOK_MS = 100;

/**
 * When a process began, in ticks since its machine started, which tells it from a later one with the same number; `dead` where it ended and its
 * parent has not asked how, as in a container without an init. Null where the system does not say.
 */
function startOf(pid: number): string | null {
  try {
    // The name, in parentheses, may hold spaces; the fields after it do not: the state, 3, is the first, the start is 22.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'dead' : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Who writes to the folder, or undefined where the process that wrote the lock is gone. Another machine's process is known by its signs of life. */
function holderOf(path: string): { readonly name: string; readonly here: boolean } | undefined {
  try {
    const { pid, host, start } = JSON.parse(readFileSync(path, 'utf8'));
    const here = host === hostname();
    const lives = here
      ? pid !== process.pid && runs(pid) && (start === null || startOf(pid) === start)
      : Date.now() - statSync(path).mtimeMs < DEAD_MS;
    return lives ? { name: `process ${pid}${here ? '' : ` of ${host}`}`, here } : undefined;
  } catch {
    // Killed while it was written, or freed just now.
    return undefined;
  }
}

function beat(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // A file system that refuses is one where the lock may be taken over; the results are checked for duplicates.
  }
}

/**
 * Keeps a second sweep, run or export out of a folder. A lock that a killed process left behind is taken over: at once on its own machine, else after five minutes.
 * @param what runs there, for the message
 * @returns what frees the folder
 * @throws InputError while another process writes there
 */
export function lockFolder(folder: string, what = 'a sweep'): () => void {
  const path = join(folder, LOCK);
  const own = `${JSON.stringify({ pid: process.pid, host: hostname(), start: startOf(process.pid) })}\n`;
  for (let attempt = 0; ; attempt++) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, own);
      closeSync(file);
      const heart = setInterval(() => beat(path), BEAT_MS);
      heart.unref();
      return () => {
        clearInterval(heart);
        rmSync(path, { force: true });
      };
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
      if (!exists || attempt > 0) {
        return onDisk(path, 'a file to write', 'choose another --out', () => {
          throw error;
        });
      }
    }
    let holder = holderOf(path);
    for (let waited = 0; holder?.here && waited < ENDING_MS; waited += LOOK_MS) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
      holder = holderOf(path);
    }
    if (holder) {
      const next = `wait for it or stop it; if it is gone, delete ${path}`;
      throw new InputError({
        subject: folder,
        got: `${what} that ${holder.name} is running`,
        expected: 'a folder that nobody writes to',
        next,
      });
    }
    rmSync(path, { force: true });
  }
}
