// The parts of docs/your-own-model.md: what the test runs is what the reader sees.

/** A fenced block: a shell script, or a file with its name in the first line. */
const FENCE = /^```(\w+)([^\n]*)\n([\s\S]*?)^```$/gm;
const NAMED = /^(?:\/\/|#) ([\w.-]+)\n/;

/**
 * The guide's blocks in order: `{ kind: 'commands', text, where }` for ```sh (`where` is `clone` for those that run in the clone), and
 * `{ kind: 'file', name, text }` for others, which open with a comment that names the file.
 * @throws for a block that is neither
 */
export function blocksOf(guide) {
  return [...guide.matchAll(FENCE)].map(([, language, info, text]) => {
    if (language === 'sh') return { kind: 'commands', text, where: info.trim() || 'folder' };
    const name = NAMED.exec(text)?.[1];
    if (!name) throw new Error(`a block of ${language} names no file in its first line: ${text.split('\n')[0]}`);
    return { kind: 'file', name, text };
  });
}
