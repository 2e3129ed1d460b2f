import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/** In a process of its own: whoever runs tests has contexts, and hooks, too. */
const PROGRAM = `
import { AsyncLocalStorage, executionAsyncId } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { closeNextContextsWhenIdle } from './src/server/boot/next-contexts.ts';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// With hooks each promise has an id of its own; without, what runs after it has none.
const areHooked = async () => {
  await null;
  return executionAsyncId() !== 0;
};
const contexts = closeNextContextsWhenIdle();
const context = new (globalThis.AsyncLocalStorage ?? AsyncLocalStorage)();
const serve = async (ms = 5) => {
  const res = new EventEmitter();
  const served = context.run('request', async () => {
    await pause(ms);
    return context.getStore();
  });
  contexts.follow(res, served);
  if (ms > 5) res.emit('close');
  return { res, kept: await served };
};
const said = {};
setImmediate(async () => {
  const [first, second] = [await serve(), await serve()];
  said.kept = [first.kept, second.kept];
  first.res.emit('close');
  await pause(1_300);
  said.whileOneIsOpen = await areHooked();
  second.res.emit('close');
  await pause(1_300);
  setImmediate(async () => {
    said.idle = await areHooked();
    const third = await serve();
    said.again = third.kept;
    third.res.emit('close');
    said.left = (await serve(1_300)).kept;
    console.log(JSON.stringify(said));
  });
});
`;

it('Next’s contexts hook the promises of the process only while a request of Next’s is under way, and work again after', async () => {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM];
  const { stdout } = await run(process.execPath, args, { timeout: 20_000 });
  expect(JSON.parse(stdout)).toEqual({
    kept: ['request', 'request'],
    // A newer Node needs no hooks at all.
    whileOneIsOpen: Number.parseInt(process.versions.node, 10) < 24,
    idle: false,
    again: 'request',
    // Its client left at once, and it went on.
    left: 'request',
  });
});
