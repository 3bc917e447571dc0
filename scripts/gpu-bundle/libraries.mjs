// Shared libraries that a machine with a bare driver may lack, copied from this one with their licences.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The Vulkan loader; what NVIDIA's driver links or opens (X11, GLVND), in containers without a screen often left out; what Node and Dawn link
 * beside libc. run.sh uses those that the machine lacks.
 */
const names = [
  ...['libvulkan.so.1', 'libEGL.so.1', 'libGL.so.1', 'libGLX.so.0', 'libGLdispatch.so.0', 'libOpenGL.so.0', 'libGLESv2.so.2'],
  ...['libX11.so.6', 'libXext.so.6', 'libxcb.so.1', 'libXau.so.6', 'libXdmcp.so.6', 'libbsd.so.0', 'libmd.so.0'],
  ...['libstdc++.so.6', 'libgcc_s.so.1'],
];

const run = (command, args) => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** Paths by name, as the dynamic linker of this machine finds them (x86-64). */
function installed() {
  const lines = run('/sbin/ldconfig', ['-p']).split('\n');
  const found = lines.map((line) => /^\s*(\S+) \([^)]*x86-64[^)]*\) => (.+)$/.exec(line)).filter(Boolean);
  return Object.fromEntries(found.reverse().map(([, name, path]) => [name, path]));
}

/** The Debian package that owns a file, or undefined elsewhere. */
function ownerOf(path) {
  for (const candidate of [path, path.replace(/^\/usr/, ''), realpathSync(path), realpathSync(path).replace(/^\/usr/, '')]) {
    try {
      return run('dpkg', ['-S', candidate]).split(/:/)[0];
    } catch {
      // Known to dpkg by another of its paths, or not a Debian.
    }
  }
  return undefined;
}

/** Copies the libraries below `folder`. @returns {copied, missing} by name */
export function copyLibraries(folder) {
  mkdirSync(join(folder, 'copyright'), { recursive: true });
  const paths = installed();
  const copied = names.filter((name) => paths[name]);
  for (const name of copied) {
    copyFileSync(realpathSync(paths[name]), join(folder, name));
    const owner = ownerOf(paths[name]);
    const licence = `/usr/share/doc/${owner}/copyright`;
    if (owner && existsSync(licence)) copyFileSync(licence, join(folder, 'copyright', owner));
  }
  return { copied, missing: names.filter((name) => !paths[name]) };
}

/** The newest glibc that binaries ask for, e.g. `2.34`. */
export function glibcOf(...texts) {
  const versions = texts.flatMap((bytes) => [...bytes.toString('latin1').matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor)));
  return `2.${Math.max(...versions)}`;
}
