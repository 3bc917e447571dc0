// A stage in a process of its own: what it says, how it ends, and an end when its time is over.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Characters of a stage's output that are kept. */
const TAIL = 4000;

const live = new Set();
/** Kills what still runs, with everything that it started. */
export function killAll() {
  for (const child of live) stop(child);
}

function stop(child) {
  try {
    // The group: a benchmark starts Python, torch.compile starts compilers.
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

/**
 * Starts a module of this folder. It speaks by process.send and hears by process.on('message').
 * @returns {say, kill, ended}; `ended` resolves to {code, signal, tail}, never rejects
 */
export function start(module, { env, args = [], onMessage = () => undefined }) {
  const path = fileURLToPath(new URL(module, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], detached: true });
  live.add(child);
  let tail = '';
  const keep = (data) => {
    tail = (tail + data).slice(-TAIL);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  child.on('message', onMessage);
  const ended = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, tail: String(error) }));
    child.on('close', (code, signal) => resolve({ code, signal, tail }));
  }).finally(() => live.delete(child));
  return { say: (message) => child.send(message, () => undefined), kill: () => stop(child), ended };
}

const lastLine = (text) => text.trim().split('\n').at(-1)?.slice(0, 300) ?? '';

/** How a process ended, in words; undefined when all went well. */
export function problemOf({ code, signal, tail }) {
  if (code === 0) return undefined;
  return `${signal ? `ended by ${signal}` : `ended with ${code}`}${lastLine(tail) === '' ? '' : `: ${lastLine(tail)}`}`;
}

/**
 * Runs a module to its end and collects its answer: the last message {result}, or what it said before it crashed or ran out of time.
 * @returns {result, partial, problem, seconds}
 */
export async function runStage(module, { env, args, seconds }) {
  const began = performance.now();
  const partial = [];
  let result;
  let failure;
  const child = start(module, {
    env,
    args,
    onMessage(message) {
      if ('result' in message) result = message.result;
      else if ('error' in message) failure = message.error;
      else partial.push(message);
    },
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill();
  }, 1000 * seconds);
  const end = await child.ended;
  clearTimeout(timer);
  const problem = late
    ? `took longer than ${Math.round(seconds)} s`
    : (failure ?? (result === undefined ? (problemOf(end) ?? 'gave no result') : undefined));
  return { result, partial, problem, exit: end.code, seconds: (performance.now() - began) / 1000 };
}
