import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Frame } from '@kindling/profile';

/** Finds the source behind a built file's line, by the map that lies beside it; a frame without one comes back as it is. */
export function sourceResolver(): (frame: Frame) => Frame {
  const maps = new Map<string, SourceMap | undefined>();
  const mapOf = (path: string): SourceMap | undefined => {
    if (!maps.has(path)) {
      let map: SourceMap | undefined;
      try {
        map = new SourceMap(JSON.parse(readFileSync(`${path}.map`, 'utf8')));
      } catch {
        // Nobody built it, or the map was left behind: the place in the file itself is as good.
      }
      maps.set(path, map);
    }
    return maps.get(path);
  };
  return (frame) => {
    if (!frame.file.startsWith('file://')) return frame;
    const path = fileURLToPath(frame.file);
    const entry = mapOf(path)?.findEntry(frame.line - 1, frame.column - 1);
    if (!entry || !('originalSource' in entry)) return frame;
    const { originalSource, originalLine, originalColumn } = entry;
    return {
      ...frame,
      file: pathToFileURL(resolve(dirname(path), originalSource)).href,
      line: originalLine + 1,
      column: originalColumn + 1,
    };
  };
}
