import { setTimeout as sleep } from 'node:timers/promises';
import type { TestTenant } from '../../tests/helpers/admin-client';
import { bodyOf, readStream } from '../../tests/helpers/buy';
import type { Random } from './random';
import type { World } from './world';

const IN_FLIGHT_MAX = 300;
const RECENT_NAMES = 40;
const REQUEST_MS_MAX = 60_000;

/** What one client saw of one request. */
export interface Seen {
  readonly tenantId: string;
  readonly traceId: string | null;
  readonly isStream: boolean;
  /** `complete`: the whole answer arrived. `part`: a stream that broke. `nothing`: no reply came. */
  readonly what: 'complete' | 'replayed' | 'part' | 'refused' | 'nothing';
  readonly status: number;
  /** What the reply said it cost, nano-USD; plain answers only. */
  readonly costNano: bigint | null;
  /** Pieces of text that arrived; the simulator sends a token in each. */
  readonly tokens: number;
  /** The most tokens that this answer has. */
  readonly tokensMax: number;
}

interface Order {
  readonly tenant: TestTenant;
  readonly isStream: boolean;
  readonly traceId: string | null;
  readonly body: string;
  readonly tokensMax: number;
  readonly leavesAfterMs: number | null;
}

/** Clients of many tenants: plain and streamed, named and not, some repeat, some leave. */
export class Load {
  readonly seen: Seen[] = [];
  private inFlight = 0;
  private named = 0;
  private readonly recent: Order[] = [];

  constructor(
    private readonly world: World,
    private readonly tenants: readonly TestTenant[],
    private readonly random: Random,
  ) {}

  get open(): number {
    return this.inFlight;
  }

  /** Begins `rate` requests a second until the time is over; then waits for what is under way. */
  async run(rate: number, untilMs: number): Promise<void> {
    while (Date.now() < untilMs) {
      await sleep((-Math.log(1 - this.random.next()) * 1_000) / rate);
      if (this.inFlight < IN_FLIGHT_MAX) void this.send(this.order());
    }
    while (this.inFlight > 0) await sleep(50);
  }

  private order(): Order {
    const { random } = this;
    if (this.recent.length > 0 && random.chance(0.12)) return random.pick(this.recent);
    const isStream = random.chance(0.5);
    const tokensMax = random.between(5, isStream && random.chance(0.3) ? 900 : 60);
    const script = { outputTokens: tokensMax, perTokenMs: random.pick([0, 1, 3]), ttftMs: 5 };
    const order: Order = {
      tenant: random.pick(this.tenants),
      isStream,
      traceId: random.chance(0.4) ? `chaos-${this.named++}` : null,
      body: bodyOf({ script, ...(random.chance(0.5) ? { maxTokens: 1_000 } : {}) }, isStream),
      tokensMax,
      leavesAfterMs: random.chance(0.1) ? random.between(1, 400) : null,
    };
    if (order.traceId !== null) {
      this.recent.push({ ...order, leavesAfterMs: null });
      if (this.recent.length > RECENT_NAMES) this.recent.shift();
    }
    return order;
  }

  private async send(order: Order): Promise<void> {
    this.inFlight += 1;
    const { origin } = this.random.pick(this.world.instances).process;
    const leaving = new AbortController();
    const timer = setTimeout(() => leaving.abort(), order.leavesAfterMs ?? REQUEST_MS_MAX);
    this.seen.push(await this.exchange(order, origin, leaving.signal));
    clearTimeout(timer);
    this.inFlight -= 1;
  }

  private async exchange(order: Order, origin: string, signal: AbortSignal): Promise<Seen> {
    const { tenant, isStream, tokensMax } = order;
    const seen = { tenantId: tenant.id, isStream, tokensMax, costNano: null, tokens: 0 };
    let reply: Response;
    try {
      reply = await fetch(`${origin}/api/v1/chat/completions`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${tenant.apiKey}`,
          'content-type': 'application/json',
          ...(order.traceId === null ? {} : { 'x-trace-id': order.traceId }),
        },
        body: order.body,
        signal,
      });
    } catch {
      return { ...seen, traceId: order.traceId, what: 'nothing', status: 0 };
    }
    const traceId = reply.headers.get('x-trace-id');
    const bytes = await readWhatComes(reply);
    const head = { ...seen, traceId, status: reply.status };
    if (reply.status !== 200) return { ...head, what: 'refused' };
    const isReplayed = reply.headers.get('idempotent-replayed') === 'true';
    if (isStream) {
      const { isDone, tokens } = readPart(bytes.text);
      const what = bytes.isWhole && isDone ? 'complete' : 'part';
      return { ...head, tokens, what: isReplayed ? 'replayed' : what };
    }
    if (!bytes.isWhole) return { ...head, what: 'part' };
    const cost = reply.headers.get('x-tallygate-cost');
    return {
      ...head,
      what: isReplayed ? 'replayed' : 'complete',
      costNano: cost === null ? null : BigInt(cost),
    };
  }
}

async function readWhatComes(reply: Response): Promise<{ text: string; isWhole: boolean }> {
  const chunks: Uint8Array[] = [];
  let isWhole = true;
  try {
    for await (const chunk of reply.body ?? []) chunks.push(chunk);
  } catch {
    isWhole = false;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), isWhole };
}

/** A stream's whole events; what broke in the middle of one is left out. */
function readPart(text: string): { isDone: boolean; tokens: number } {
  const whole = text.slice(0, text.lastIndexOf('\n\n') + 2);
  const tokens = whole.split('"content":"').length - 1;
  try {
    return { isDone: readStream(Buffer.from(whole)).isDone, tokens };
  } catch {
    return { isDone: false, tokens };
  }
}
