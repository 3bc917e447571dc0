import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { InputError } from '@kindling/core';
import { builtInModels, type ImageFacts, type ModelSpec, makeModel } from '@kindling/warmup';
import { type HeaderLine, readRecord, writeWhole } from './run-folder.js';
import { onDisk, say } from './terminal.js';

/** The module of a user's model, as the header of a record names it. */
export interface ModelFacts {
  /** Absolute, where the run found it. */
  readonly path: string;
  /** Of this one file; what it imports is not in it. */
  readonly sha256: string;
  /** Its copy in the run folder. */
  readonly copy: string;
}

/** A module of the user's that was imported. */
export interface UserModule extends ModelFacts {
  readonly bytes: Uint8Array;
  /** What it exports as default. */
  readonly factory: unknown;
}

const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The copy is a module whatever package.json lies above it. */
function copyName(path: string, bytes: Uint8Array): string {
  const isModule = extname(path) === '.js' && /^\s*export\b/m.test(Buffer.from(bytes).toString('utf8'));
  return `model${isModule ? '.mjs' : extname(path)}`;
}

/** Why Node could not import a module, and what to do. */
function importError(path: string, cause: unknown): InputError {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const code = (error as NodeJS.ErrnoException).code;
  const line = new RegExp(`${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+)`).exec(error.stack ?? '')?.[1];
  const got = `${error.name}: ${error.message.split('\n')[0]}${line ? `, line ${line}` : ''}`;
  let next = 'correct the module: `node FILE` shows the whole message';
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') {
    next = 'install what it imports beside it (npm install @kindling/autograd), or name a file in such a folder with --model';
  } else if (code === 'ERR_UNKNOWN_FILE_EXTENSION') next = 'write it in plain JavaScript, as a .mjs file';
  else if (error instanceof SyntaxError && /export|import/.test(error.message)) {
    next = 'rename it to .mjs, or put "type": "module" into the package.json above it';
  }
  return new InputError({ subject: path, got, expected: 'a JavaScript module that can be imported', next }, 2, { cause });
}

/**
 * Reads and imports the module of a model. What it does when it is imported is done now.
 * @throws InputError when it is not there or cannot be imported
 */
export async function importModule(given: string): Promise<UserModule> {
  const path = resolve(given);
  if (!existsSync(path) || !statSync(path).isFile()) {
    const next = `name a JavaScript module, or leave --model away for ${Object.keys(builtInModels)[0]}`;
    throw new InputError({ subject: '--model', got: `${given}, which is no file`, expected: 'a file', next });
  }
  const bytes = onDisk(path, 'a readable file', 'name a JavaScript module', () => readFileSync(path));
  let exported: { readonly default?: unknown };
  try {
    exported = await import(pathToFileURL(path).href);
  } catch (cause) {
    throw importError(path, cause);
  }
  return { path, sha256: hash(bytes), copy: copyName(path, bytes), bytes, factory: exported.default };
}

/** A user's model, made for the data. */
export interface UserModel {
  readonly spec: ModelSpec;
  readonly module: UserModule;
}

/** Makes the module's model and tries it out. @throws InputError as `makeModel` does, naming the file */
export function modelFrom(module: UserModule, facts: Omit<ImageFacts, 'name'>): UserModel {
  return { spec: makeModel(module.factory, facts, module.path), module };
}

/** What the header of a record says. */
export const modelFacts = ({ path, sha256, copy }: ModelFacts): ModelFacts => ({ path, sha256, copy });

/** Puts the copy into the run folder. */
export const keepModule = (folder: string, { copy, bytes }: UserModule): void => writeWhole(join(folder, copy), bytes);

/** A file that has the bytes with which the run was made. */
const isSame = (path: string, sha256: string): boolean =>
  existsSync(path) && statSync(path).isFile() && hash(readFileSync(path)) === sha256;

/**
 * The module of a run's model: what `--model` names, else the file that the run was made with if it is unchanged, else the copy in the run folder.
 * @throws InputError when none of them is there or can be imported
 */
export async function moduleOfRun(folder: string, header: Partial<HeaderLine>, asked: string | undefined): Promise<UserModule> {
  const was = header.model;
  if (asked !== undefined) {
    const module = await importModule(asked);
    if (was && module.sha256 !== was.sha256)
      say(`kindling: ${asked} is not the file that the run was made with (SHA-256 ${was.sha256.slice(0, 12)}…)`);
    return module;
  }
  const refuse: (got: string, cause?: unknown) => never = (got, cause) => {
    const next = 'name the module with --model';
    throw new InputError({ subject: folder, got, expected: 'the module of the model that was trained', next }, 2, { cause });
  };
  if (!was) return refuse('a record that names no module');
  if (isSame(was.path, was.sha256)) return importModule(was.path);
  const copy = join(folder, was.copy);
  if (!isSame(copy, was.sha256)) return refuse(`neither ${was.path} nor ${copy} as the run was made with`);
  say(`kindling: ${was.path} is gone or changed, so the model comes from ${copy}`);
  try {
    return { ...(await importModule(copy)), path: was.path, copy: was.copy };
  } catch (cause) {
    if (!(cause instanceof InputError)) throw cause;
    return refuse(`${was.path} gone or changed, and ${copy} with ${cause.parts.got}`, cause);
  }
}

/**
 * The model that a run's file names: built in, or from a module of the user's.
 * @throws InputError as `moduleOfRun` does, or when the module makes a model of another name
 */
export async function modelOfRun(
  folder: string,
  name: string,
  facts: Omit<ImageFacts, 'name'>,
  asked: string | undefined,
): Promise<ModelSpec> {
  if (asked === undefined && Object.hasOwn(builtInModels, name)) return builtInModels[name]!(facts);
  const { spec, module } = modelFrom(await moduleOfRun(folder, readRecord(folder).header, asked), facts);
  if (spec.name === name) return spec;
  const next = Object.hasOwn(builtInModels, name) ? 'leave --model away' : 'name the module that the run was made with';
  throw new InputError({
    subject: module.path,
    got: `the model ${spec.name}`,
    expected: `${name}, which the run in ${folder} trained`,
    next,
  });
}
