import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Interpreters to try, in order. */
const interpreters = ['python3', '/usr/bin/python3'];

/**
 * The first interpreter for which `check` exits 0 and prints something, with what it printed.
 * @throws naming what every interpreter said.
 */
export function findPython(what: string, check: string): { command: string; said: string } {
  const problems: string[] = [];
  for (const command of interpreters) {
    try {
      const said = execFileSync(command, ['-c', check], { encoding: 'utf8', stdio: 'pipe', timeout: 60_000, env: threads() }).trim();
      return { command, said };
    } catch (error) {
      const text = error instanceof Error && 'stderr' in error ? String(error.stderr).trim().split('\n').at(-1) : String(error);
      problems.push(`${command}: ${text || 'did not start'}`);
    }
  }
  throw new Error(`no Python with ${what} (${problems.join('; ')})`);
}

/**
 * Two threads, and waiting without spinning: beside other work a spinning OpenMP thread takes the core that its partner needs. Measured at
 * a load of 5 on two cores, PyTorch's step took 14 to 27 ms this way and 75 to 200 ms with the default. The caller's settings win.
 */
const threads = (): NodeJS.ProcessEnv => ({
  OMP_NUM_THREADS: '2',
  OPENBLAS_NUM_THREADS: '2',
  OMP_WAIT_POLICY: 'passive',
  PYTHONDONTWRITEBYTECODE: '1',
  ...process.env,
});

/** A script in `benchmarks/peers`, from the sources as from the build, which lie at different depths. */
function scriptPath(name: string): string {
  const paths = ['../peers/', '../../peers/'].map((folder) => fileURLToPath(new URL(folder + name, import.meta.url)));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Error(`no ${name} in ${paths.join(' or ')}`);
  return path;
}

/** A Python script that answers one JSON line to each JSON line, so that its blocks interleave with everybody's. */
export class Peer {
  private readonly child: ChildProcess;
  private readonly lines: Interface;
  private readonly answers: ((line: string) => void)[] = [];
  private readonly failures: ((error: Error) => void)[] = [];
  private errors = '';
  private ended: Error | undefined;

  constructor(command: string, script: string) {
    this.child = spawn(command, ['-u', scriptPath(script)], { stdio: 'pipe', env: threads() });
    this.lines = createInterface({ input: this.child.stdout! });
    this.lines.on('line', (line) => {
      this.failures.shift();
      this.answers.shift()?.(line);
    });
    this.child.stderr!.on('data', (data) => {
      this.errors = (this.errors + data).slice(-2000);
    });
    this.child.on('error', (error) => this.end(error));
    // A script that has ended breaks the pipe to it; `close` tells why.
    this.child.stdin!.on('error', () => undefined);
    this.child.on('close', (code) => this.end(new Error(`${command} ended with ${code}: ${this.errors.trim().split('\n').at(-1)}`)));
  }

  /** Sends one request and resolves with its answer. @throws when the script ended, or answers with an `error`. */
  ask(request: object): Promise<Record<string, number>> {
    if (this.ended) return Promise.reject(this.ended);
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    return new Promise((resolve, reject) => {
      this.answers.push((line) => {
        const answer = JSON.parse(line);
        if (typeof answer.error === 'string') reject(new Error(answer.error));
        else resolve(answer);
      });
      this.failures.push(reject);
    });
  }

  destroy(): void {
    this.child.removeAllListeners('close');
    this.lines.close();
    this.child.stdin!.end();
    this.child.kill();
  }

  private end(error: Error): void {
    this.ended ??= error;
    for (const fail of this.failures.splice(0)) fail(error);
    this.answers.length = 0;
  }
}
