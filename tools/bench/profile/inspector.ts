import { WebSocket } from 'undici';
import type { CpuProfile } from './cpu-profile';

interface Reply {
  readonly id?: number;
  readonly result?: { readonly profile?: CpuProfile };
  readonly error?: { readonly message: string };
}

/** Samples a process by its inspector while `work` runs. Throws where it cannot be reached. */
export async function profileWhile(
  port: number,
  work: () => Promise<unknown>,
): Promise<CpuProfile> {
  const list = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target]: { webSocketDebuggerUrl: string }[] = JSON.parse(await list.text());
  if (target === undefined) throw new Error('The inspector has nothing to inspect.');
  const socket = await open(target.webSocketDebuggerUrl);
  try {
    await ask(socket, 'Profiler.enable');
    await ask(socket, 'Profiler.start');
    await work();
    const { result } = await ask(socket, 'Profiler.stop');
    if (result?.profile === undefined) throw new Error('The inspector gave no profile.');
    return result.profile;
  } finally {
    socket.close();
  }
}

function open(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.addEventListener('open', () => resolve(socket), { once: true });
    socket.addEventListener('error', () => reject(new Error('The inspector hung up.')), {
      once: true,
    });
  });
}

let lastId = 0;

function ask(socket: WebSocket, method: string): Promise<Reply> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    const onMessage = ({ data }: { data: unknown }) => {
      const reply: Reply = JSON.parse(String(data));
      if (reply.id !== id) return;
      socket.removeEventListener('message', onMessage);
      if (reply.error === undefined) resolve(reply);
      else reject(new Error(reply.error.message));
    };
    socket.addEventListener('message', onMessage);
    socket.send(JSON.stringify({ id, method }));
  });
}
