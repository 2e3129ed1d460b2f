import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The replies of a connection that wait behind another, as HTTP/1.1's pipelining lets them. */
const queues = new WeakMap<Socket, Set<ServerResponse>>();

/**
 * Closes a reply with its connection also while it has no socket yet. Node tells such a one nothing:
 * its request would go on for nobody, and whoever keeps it until its end would keep it for ever.
 */
export function closeWithConnection(req: IncomingMessage, res: ServerResponse): void {
  if (res.socket !== null) return;
  const queue = queues.get(req.socket) ?? openQueue(req.socket);
  queue.add(res);
  res.once('socket', () => queue.delete(res));
}

function openQueue(socket: Socket): Set<ServerResponse> {
  const queue = new Set<ServerResponse>();
  queues.set(socket, queue);
  socket.once('close', () => {
    for (const res of queue) {
      res.destroy();
      res.emit('close');
    }
  });
  return queue;
}
