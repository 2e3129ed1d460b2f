import { WebSocket } from 'undici';
import type { CpuProfile } from './cpu-profile';
import type { HeapProfile } from './heap-profile';

interface Reply<Profile> {
  readonly id?: number;
  readonly result?: { readonly profile?: Profile };
  readonly error?: { readonly message: string };
}

/** A sample for so many bytes on average, of what is garbage by then as well. */
const HEAP_SAMPLING = {
  samplingInterval: 16_384,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
};

type Work = () => Promise<unknown>;

/** Samples where a process spends its time while `work` runs. Throws where it cannot be reached. */
export const profileWhile = (port: number, work: Work): Promise<CpuProfile> =>
  inspected(port, async (socket) => {
    await ask(socket, 'Profiler.enable');
    await ask(socket, 'Profiler.start');
    await work();
    return profileOf(await ask<CpuProfile>(socket, 'Profiler.stop'));
  });

/** Samples what a process allocates while `work` runs. Throws where it cannot be reached. */
export const allocationsWhile = (port: number, work: Work): Promise<HeapProfile> =>
  inspected(port, async (socket) => {
    await ask(socket, 'HeapProfiler.enable');
    await ask(socket, 'HeapProfiler.startSampling', HEAP_SAMPLING);
    await work();
    return profileOf(await ask<HeapProfile>(socket, 'HeapProfiler.stopSampling'));
  });

async function inspected<T>(port: number, look: (socket: WebSocket) => Promise<T>): Promise<T> {
  const list = await fetch(`http://127.0.0.1:${port}/json/list`);
  const [target]: { webSocketDebuggerUrl: string }[] = JSON.parse(await list.text());
  if (target === undefined) throw new Error('The inspector has nothing to inspect.');
  const socket = await open(target.webSocketDebuggerUrl);
  try {
    return await look(socket);
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

function profileOf<Profile>({ result }: Reply<Profile>): Profile {
  if (result?.profile === undefined) throw new Error('The inspector gave no profile.');
  return result.profile;
}

let lastId = 0;

function ask<Profile = never>(
  socket: WebSocket,
  method: string,
  params?: object,
): Promise<Reply<Profile>> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    const onMessage = ({ data }: { data: unknown }) => {
      const reply: Reply<Profile> = JSON.parse(String(data));
      if (reply.id !== id) return;
      socket.removeEventListener('message', onMessage);
      if (reply.error === undefined) resolve(reply);
      else reject(new Error(reply.error.message));
    };
    socket.addEventListener('message', onMessage);
    socket.send(JSON.stringify({ id, method, params }));
  });
}
