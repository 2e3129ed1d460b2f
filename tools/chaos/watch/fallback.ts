import { setTimeout as sleep } from 'node:timers/promises';
import type { TestTenant } from '../../../tests/helpers/admin-client';
import { bodyOf } from '../../../tests/helpers/buy';
import type { World } from '../world/world';
import { type FaultLog, ofFallback } from './fault-log';

/** From here on after Redis's death, every request succeeds. */
const FALLBACK_MS_MAX = 1_000;
const PROBE_EVERY_MS = 100;
/** A first probe later than this does not tell how soon the gateway fell back. */
const FIRST_PROBE_MS_MAX = 500;
const PROBE_GIVES_UP_MS = 20_000;
/** What else was struck must have been whole so long, or the probe says nothing of Redis's death. */
export const SETTLED_MS = 5_000;

/** One request to a gateway while Redis was dead and all else whole. */
export interface Probe {
  readonly beganAfterMs: number;
  readonly tookMs: number;
  readonly status: number;
}

/** Asks living gateways while Redis is dead: how long it takes until they answer without it. */
export class FallbackWatch {
  /** From Redis's death to the first answer to a request that began after it. */
  longestMs = 0;
  measured = 0;
  /** Requests to living gateways while Redis was dead and all else whole, and those that were answered. */
  asked = 0;
  answered = 0;
  readonly violations: string[] = [];

  constructor(
    private readonly world: World,
    private readonly faults: FaultLog,
    private readonly tenant: TestTenant,
    /** How long a probe may take: what the machine needs for a request under load. */
    private readonly answerMsMax: number,
  ) {}

  /** Probes every gateway until Redis may be back. */
  async redisDied(atMs: number, isBack: () => boolean): Promise<void> {
    await Promise.all(
      this.world.instances.map(async ({ gateway }, index) => {
        const probes: Probe[] = [];
        // The kill itself takes a moment.
        await sleep(PROBE_EVERY_MS);
        while (!isBack()) {
          const probe = await this.probe(gateway.origin, index, atMs);
          // One that was under way when Redis came back, or when something else broke, says nothing.
          if (probe !== null && !isBack()) probes.push(probe);
          await sleep(PROBE_EVERY_MS);
        }
        this.judge(index, probes);
      }),
    );
  }

  private isUndisturbed(gateway: number): boolean {
    const sinceMs = this.faults.wholeSinceMs(ofFallback(gateway));
    return sinceMs !== null && Date.now() - sinceMs > SETTLED_MS;
  }

  private async probe(origin: string, gateway: number, diedAtMs: number): Promise<Probe | null> {
    if (!this.isUndisturbed(gateway)) return null;
    const beganAtMs = Date.now();
    const status = await ask(origin, this.tenant);
    const probe = { beganAfterMs: beganAtMs - diedAtMs, tookMs: Date.now() - beganAtMs, status };
    return this.isUndisturbed(gateway) ? probe : null;
  }

  private judge(gateway: number, probes: readonly Probe[]): void {
    this.asked += probes.length;
    this.answered += probes.filter(({ status }) => status === 200).length;
    const isFromTheStart = (probes[0]?.beganAfterMs ?? Infinity) <= FIRST_PROBE_MS_MAX;
    const first = probes.find(({ status }) => status === 200);
    if (isFromTheStart && first !== undefined) {
      this.measured += 1;
      this.longestMs = Math.max(this.longestMs, first.beganAfterMs + first.tookMs);
    }
    this.violations.push(...fallbackFaults(gateway, probes, this.answerMsMax));
  }
}

/** What begins a second after Redis's death is answered, within the time that the machine needs. */
export function fallbackFaults(
  gateway: number,
  probes: readonly Probe[],
  answerMsMax: number,
): string[] {
  return probes
    .filter(({ beganAfterMs }) => beganAfterMs >= FALLBACK_MS_MAX)
    .filter(({ status, tookMs }) => status !== 200 || tookMs > answerMsMax)
    .map(
      ({ beganAfterMs, tookMs, status }) =>
        `fallback: gateway ${gateway}: a request ${beganAfterMs} ms after Redis's death got ${status} after ${tookMs} ms`,
    );
}

/** A short plain answer. 0: no reply came. */
async function ask(origin: string, { apiKey, id }: TestTenant): Promise<number> {
  const script = { outputTokens: 1, ttftMs: 0 };
  try {
    const reply = await fetch(`${origin}/api/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      body: bodyOf({ script, maxTokens: 10, fields: { user: id } }, false),
      signal: AbortSignal.timeout(PROBE_GIVES_UP_MS),
    });
    await reply.arrayBuffer();
    return reply.status;
  } catch {
    return 0;
  }
}
