// Runs test files that it is told by message, one at a time, in one process: {file} in, {adapters} and {result} out.
// suite.js is the bundle of all test files that test/suite/build.mjs makes.
const { adapters, run } = await import('./suite.js');

process.on('message', async ({ file }) => {
  if (file === undefined) process.exit(0);
  process.send({ result: await run(file) });
});
process.send({ adapters: await adapters() });
