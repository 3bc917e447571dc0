import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { DeviceError, readTar } from '@kindling/core';
import type { Env } from './adapter.js';

const VERSION = '147.0.0';
const wantedFiles = ['libvk_swiftshader.so', 'libvulkan.so.1', 'vk_swiftshader_icd.json'] as const;

/** Where SwiftShader and the Vulkan loader lie on disk. */
export interface SwiftShader {
  readonly icd: string;
  readonly loader: string;
}

/** The archive inside the npm package; its `exports` hide the file, so the path is found from the package's main module. */
function archivePath(): string {
  const main = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  return join(main.slice(0, main.lastIndexOf(join('chromium', 'build'))), 'chromium', 'bin', 'swiftshader.tar.br');
}

/** The regular files of a tar archive by name. */
export const untar = (tar: Uint8Array): Map<string, Uint8Array> => readTar(tar, 'swiftshader.tar.br');

const complete = (folder: string): boolean =>
  wantedFiles.every((file) => existsSync(join(folder, file)) && statSync(join(folder, file)).size > 0);

/** Folders to try in order: the user's cache, then a folder of this user's own below the system's temporary one. */
export function cacheRoots(env: Env): { path: string; shared: boolean }[] {
  const home = env.HOME ?? homedir();
  return [
    ...(env.XDG_CACHE_HOME ? [{ path: join(env.XDG_CACHE_HOME, 'kindling'), shared: false }] : []),
    ...(home ? [{ path: join(home, '.cache', 'kindling'), shared: false }] : []),
    { path: join(env.TMPDIR ?? tmpdir(), `kindling-${process.getuid?.() ?? 'user'}`), shared: true },
  ];
}

/**
 * Code is loaded from here: in a folder that others can write to, only one that is ours alone will do.
 * @throws Error for another one
 */
export function requireOwn(path: string): void {
  const stat = lstatSync(path);
  if (stat.isDirectory() && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0) return;
  throw new Error(`${path} belongs to someone else or is writable for others`);
}

/** Writes the files to a temporary folder and renames it: a reader sees all of them or none, also with two processes at once. */
function unpackInto(target: string, files: ReadonlyMap<string, Uint8Array>): void {
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString('hex')}`;
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    for (const name of wantedFiles) {
      const handle = openSync(join(temporary, name), 'w', 0o644);
      writeSync(handle, files.get(name)!);
      fsyncSync(handle);
      closeSync(handle);
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    // Another process may have won the race: its folder is as good as ours.
    if (!complete(target)) throw error;
  }
}

/**
 * SwiftShader from npm, unpacked on first use (about 7 MB) into the user's cache folder, or a temporary one where that is read-only.
 * @throws DeviceError when the package is missing or no folder can be written.
 */
export function swiftShader(env: Env): SwiftShader {
  const tried: string[] = [];
  let files: Map<string, Uint8Array> | undefined;
  for (const root of cacheRoots(env)) {
    const target = join(root.path, `swiftshader-${VERSION}`);
    try {
      // First without writing: a read-only cache that holds the files is fine.
      if (root.shared && existsSync(root.path)) requireOwn(root.path);
      if (!complete(target)) {
        mkdirSync(root.path, { recursive: true, mode: 0o700 });
        if (root.shared) requireOwn(root.path);
        files ??= readArchive();
        // A folder that is there but incomplete (a damaged disk, a hand that deleted) would block the rename.
        rmSync(target, { recursive: true, force: true });
        unpackInto(target, files);
      }
      return { icd: join(target, 'vk_swiftshader_icd.json'), loader: join(target, 'libvulkan.so.1') };
    } catch (error) {
      if (error instanceof DeviceError) throw error;
      tried.push(`${dirname(target)}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new DeviceError({
    subject: 'SwiftShader',
    got: tried.join('; '),
    expected: 'a folder to unpack it into',
    next: 'set XDG_CACHE_HOME to a writable folder',
  });
}

function readArchive(): Map<string, Uint8Array> {
  try {
    const files = untar(brotliDecompressSync(readFileSync(archivePath())));
    const missing = wantedFiles.filter((name) => !files.has(name));
    if (missing.length > 0) throw new Error(`the archive lacks ${missing.join(', ')}`);
    return files;
  } catch (cause) {
    throw new DeviceError(
      {
        subject: 'SwiftShader',
        got: cause instanceof Error ? cause.message : String(cause),
        expected: `the npm package @sparticuz/chromium ${VERSION}`,
        next: 'run npm install again, without --omit=optional',
      },
      { cause },
    );
  }
}
