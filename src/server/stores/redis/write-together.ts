import type { Redis } from 'ioredis';

/**
 * Lets commands that are sent in one turn of the event loop leave in one write. The client writes
 * each by itself otherwise, and a system call costs more than all else that a command does.
 */
export function writeTogether(client: Redis): void {
  client.on('connect', () => {
    const { stream } = client;
    const write = stream.write.bind(stream);
    let isHeld = false;
    const release = (): void => {
      isHeld = false;
      stream.uncork();
    };
    // The client calls it with nothing but the bytes.
    stream.write = (bytes: string | Uint8Array): boolean => {
      if (!isHeld) {
        isHeld = true;
        stream.cork();
        setImmediate(release);
      }
      return write(bytes);
    };
  });
}
