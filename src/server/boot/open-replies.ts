import type { ServerResponse } from 'node:http';

/** The replies that a server owes. */
export interface OpenReplies {
  add(reply: ServerResponse): void;
  /** Lets every reply from now on, those under way included, say that it is its connection's last. */
  endConnections(): void;
}

export function createOpenReplies(): OpenReplies {
  const open = new Set<ServerResponse>();
  let isEnding = false;
  return {
    add(reply) {
      if (isEnding) reply.shouldKeepAlive = false;
      open.add(reply);
      reply.once('close', () => open.delete(reply));
    },
    endConnections() {
      isEnding = true;
      for (const reply of open) reply.shouldKeepAlive = false;
    },
  };
}
