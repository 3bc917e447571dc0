// The other end of child.mjs: runs a stage's work and sends what it gives.

const send = (message) =>
  new Promise((resolve) => (process.send ? process.send(message, resolve) : resolve(console.log(JSON.stringify(message)))));

/** Runs `work(request)` on the request that the first argument holds as JSON; a message goes out for its result or its error. */
export async function answer(work) {
  try {
    await send({ result: await work(JSON.parse(process.argv[2] ?? '{}')) });
    // Dawn and other engines may keep the process alive.
    process.exit(0);
  } catch (error) {
    console.error(error);
    await send({ error: error instanceof Error ? error.message : String(error) });
    process.exit(error?.exitCode ?? 1);
  }
}

/** Said before the end, so that it survives a crash. */
export const progress = (message) => send({ progress: message });
