import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below the range from which systems take ports for outgoing connections: there, any of the many that
 * tests open might take a port between our looking at it and its owner's listening, or restarting.
 */
const RANGE = [12_000, 31_999] as const;
const given = new Set<number>();

/** A port of the loopback address that nothing listens on; none is given twice by one process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(RANGE[0], RANGE[1] + 1);
    if (given.has(port) || !(await canListen(port))) continue;
    given.add(port);
    return port;
  }
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
