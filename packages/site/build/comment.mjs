/** Columns at which comments are wrapped: a shorter line than its next word would need was ended on purpose. */
const WIDTH = 135;

/** The comment that opens a WGSL file, unwrapped. */
export function headComment(wgsl) {
  const lines = /^(?:\/\/[^\n]*\n)*/
    .exec(wgsl)[0]
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\/\/ ?/, ''));
  return lines.reduce((text, line, i) => {
    const wrapped = i > 0 && lines[i - 1].length + 4 + line.split(' ')[0].length > WIDTH;
    return i === 0 ? line : `${text}${wrapped ? ' ' : '\n'}${line}`;
  }, '');
}
