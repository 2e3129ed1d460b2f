// @ts-check
import net from 'node:net';

const REPLY_MS = 1_000;

/**
 * Asks a server at a loopback port who it is, in Redis's inline protocol.
 * @param {number} port
 * @param {string} password
 * @returns {Promise<{ pid: number, ready: boolean } | null>} null: none there, or not one of ours;
 *   ready: it has loaded its data
 */
export function redisInfo(port, password) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    let reply = '';
    socket.setTimeout(REPLY_MS, () => socket.destroy());
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`AUTH ${password}\r\nINFO server\r\nPING\r\nQUIT\r\n`));
    socket.on('data', (piece) => {
      reply += piece;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(read(reply)));
  });
}

/** @param {string} reply */
function read(reply) {
  const pid = Number(/^process_id:(\d+)/m.exec(reply)?.[1] ?? 0);
  if (!reply.startsWith('+OK') || pid === 0) return null;
  return { pid, ready: reply.includes('+PONG') };
}
