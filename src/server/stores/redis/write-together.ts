import type { Redis } from 'ioredis';

type Bytes = string | Uint8Array;

const isText = (bytes: Bytes): bytes is string => typeof bytes === 'string';

/**
 * Lets commands that are sent in one turn of the event loop leave in one write. The client writes
 * each by itself otherwise, and a system call costs more than all else that a command does.
 */
export function writeTogether(client: Redis): void {
  client.on('connect', () => {
    const { stream } = client;
    const write = stream.write.bind(stream);
    let held: Bytes[] = [];
    const release = (): void => {
      const commands = held;
      held = [];
      // One that broke has told the client so, and takes no more.
      if (!stream.writable) return;
      if (commands.every(isText)) {
        write(commands.join(''));
        return;
      }
      stream.cork();
      for (const bytes of commands) write(bytes);
      stream.uncork();
    };
    // The client calls it with nothing but the bytes.
    stream.write = (bytes: Bytes): boolean => {
      if (held.length === 0) setImmediate(release);
      held.push(bytes);
      return true;
    };
  });
}
