// @ts-check
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './data-dir.mjs';
import { Refusal } from './messages.mjs';

const DRIVER = path.join(ROOT, 'node_modules', 'postgres');
const VERSION = '3.4.9';

/**
 * postgres.js 3.4.9 does not survive the loss of a connection that a transaction is using: its own
 * ROLLBACK is written to no socket, which ends the process, or runs inside the next user's
 * transaction. docs/adr/0006-mended-driver.md says how this was found and when it can go.
 * @type {Readonly<Record<string, readonly { why: string, from: string, to: string }[]>>}
 */
const EDITS = {
  'connection.js': [
    {
      why: 'a statement for a connection that is gone is refused, not written',
      from: `    if (terminated)
      return queryError(q, Errors.connection('CONNECTION_DESTROYED', options))
`,
      to: `    if (terminated)
      return queryError(q, Errors.connection('CONNECTION_DESTROYED', options))

    if (!socket) {
      queryError(q, Errors.connection('CONNECTION_CLOSED', options))
      return true
    }
`,
    },
    {
      why: 'whoever has sent a BEGIN has the connection, also where nothing more may follow it',
      from: `      return write(toBuffer(q))
        && !q.describeFirst
        && !q.cursorFn
        && sent.length < max_pipeline
        && (!q.options.onexecute || q.options.onexecute(connection))
`,
      to: `      const takesMore = write(toBuffer(q))
        && !q.describeFirst
        && !q.cursorFn
        && sent.length < max_pipeline
      if (!q.options.onexecute)
        return takesMore

      q.options.onexecute(connection)
      return false
`,
    },
    {
      why: 'what authentication still wanted to say after the end is dropped',
      from: `    const x = socket.write(chunk, fn)
`,
      to: `    const x = socket ? socket.write(chunk, fn) : true
`,
    },
    {
      why: 'a connection begins with nothing of the one before it',
      from: `    clearImmediate(nextWriteTimer)
    socket.removeListener('data', data)
`,
      to: `    clearImmediate(nextWriteTimer)
    chunk = nextWriteTimer = null
    socket.removeListener('data', data)
`,
    },
    {
      why: 'every statement that had no answer yet is refused, also after a reset',
      from: `    if (initial)
      return reconnect()

    !hadError && (query || sent.length) && error(Errors.connection('CONNECTION_CLOSED', options, socket))
`,
      to: `    if (initial && options.host.length > 1)
      return reconnect()

    const lost = Errors.connection('CONNECTION_CLOSED', options, socket)
    errored(lost)
    while (sent.length)
      queryError(sent.shift(), lost)
    query = results = errorResponse = null
    result = new Result()
`,
    },
    {
      why: 'its query is tried again by whoever needs it',
      from: `        return fetchArrayTypes()
`,
      to: `        return fetchArrayTypes().catch(() => undefined)
`,
    },
  ],
  'index.js': [
    {
      why: 'how busy a pool is can be asked',
      from: `    get parameters() { return options.parameters },
`,
      to: `    get parameters() { return options.parameters },
    load: () => ({ busy: busy.length + full.length + reserved.length, waiting: queries.length }),
`,
    },
    {
      why: 'a transaction that lost its connection never speaks on the next one',
      from: `        new Promise((_, reject) => connection.onclose = reject)
`,
      to: `        new Promise((_, reject) => connection.onclose = e => reject(lost = e))
`,
    },
    {
      why: 'see above',
      from: `      , connection
      , prepare = null
`,
      to: `      , connection
      , lost = null
      , prepare = null
`,
    },
    {
      why: 'see above',
      from: `        q.catch(e => uncaughtError || (uncaughtError = e))
        c.queue === full
`,
      to: `        q.catch(e => uncaughtError || (uncaughtError = e))
        if (lost)
          return q.reject(lost)

        c.queue === full
`,
    },
  ],
};

/** Mends the installed driver, in both its module formats. Does nothing the second time. */
export function mendDriver() {
  if (!existsSync(DRIVER)) return;
  const { version } = JSON.parse(readFileSync(path.join(DRIVER, 'package.json'), 'utf8'));
  if (version !== VERSION) {
    throw new Refusal(`postgres ${version}: scripts/lib/mend-driver.mjs is for ${VERSION}.`);
  }
  for (const [name, edits] of Object.entries(EDITS)) {
    for (const folder of ['src', 'cjs/src']) mendFile(path.join(DRIVER, folder, name), edits);
  }
}

/** @param {string} file @param {readonly { from: string, to: string }[]} edits */
function mendFile(file, edits) {
  const found = readFileSync(file, 'utf8');
  let mended = found;
  for (const { from, to } of edits) {
    if (mended.includes(to)) continue;
    if (!mended.includes(from)) throw new Refusal(`${file} is not the driver that was looked at.`);
    mended = mended.replace(from, () => to);
  }
  if (mended === found) return;
  // In its place by a rename: nobody reads half a file, and a hard link elsewhere stays as it is.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mended);
  renameSync(draft, file);
}
