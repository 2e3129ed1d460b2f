import { subscribe } from 'node:diagnostics_channel';
import { IncomingMessage, Server, ServerResponse } from 'node:http';
import { EnvError } from '@/env';
import type { Container } from '../container';
import { DatabaseError } from '../stores/postgres/migrate';
import { createDoor } from './door';
import { createOpenReplies } from './open-replies';
import { closeWithConnection } from './queued-replies';
import { startTallygate } from './start';
import { stopOnSignal } from './stop-on-signal';

/** Brings the process up under `next start`, `next dev` or on Vercel; SIGTERM drains it. */
export async function startUnderNext(): Promise<void> {
  try {
    const { container } = await startTallygate();
    // Vercel has written the client's address itself, and ends its processes itself.
    if (container.env.VERCEL === undefined) serveBehindNext(container);
  } catch (error) {
    if (!(error instanceof EnvError || error instanceof DatabaseError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** Does at Next's own server what the self-hosted one does at its own. */
function serveBehindNext(container: Container): void {
  const door = createDoor(container.env.TRUST_PROXY);
  const replies = createOpenReplies();
  let found: Server | null = null;
  // Node tells of each request here before Next's listener sees it; a route never sees the socket.
  subscribe('http.server.request.start', (message) => {
    if (!isRequestStart(message)) return;
    found = message.server;
    door.enter(message.request);
    closeWithConnection(message.request, message.response);
    replies.add(message.response);
  });
  if (container.env.NEXT_MANUAL_SIG_HANDLE !== undefined) {
    stopOnSignal({ container, replies, server: () => found });
    return;
  }
  // Next closes its server at once, waits for what is open, and then ends the process.
  const drain = () => {
    replies.endConnections();
    void container.drain(container.env.DRAIN_MS);
  };
  process.once('SIGTERM', drain);
  process.once('SIGINT', drain);
}

interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: Server;
}

const isRequestStart = (message: unknown): message is RequestStart =>
  typeof message === 'object' &&
  message !== null &&
  'request' in message &&
  message.request instanceof IncomingMessage &&
  'response' in message &&
  message.response instanceof ServerResponse &&
  'server' in message &&
  message.server instanceof Server;
