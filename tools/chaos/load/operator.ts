import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random';
import type { World } from '../world/world';
import type { ChaosTenant } from './tenants';

/** A top-up that the operator sent until it was acknowledged. */
export interface Credit {
  readonly tenantId: string;
  readonly traceId: string;
  readonly amountNano: bigint;
}

const PAUSE_MS = [500, 3_000] as const;
const RETRY_MS = 300;

/** Tops tenants up while they spend, each credit again and again until a gateway says it is booked. */
export class Operator {
  readonly credits: Credit[] = [];

  constructor(
    private readonly world: World,
    private readonly tenants: readonly ChaosTenant[],
    private readonly burst: number,
    private readonly random: Random,
  ) {}

  /** Resolves once the time is over and every credit was acknowledged. */
  async run(untilMs: number): Promise<void> {
    const poor = this.tenants.filter((tenant) => tenant.isToppedUp);
    while (Date.now() < untilMs) {
      await sleep(this.random.between(...PAUSE_MS));
      const credit: Credit = {
        tenantId: this.random.pick(poor).id,
        traceId: `credit-${this.burst}-${this.credits.length}`,
        amountNano: BigInt(this.random.between(1, 400_000)),
      };
      await this.send(credit);
      this.credits.push(credit);
    }
  }

  private async send({ tenantId, traceId, amountNano }: Credit): Promise<void> {
    const body = { amount: String(amountNano), kind: 'topup', traceId };
    for (;;) {
      const { admin } = this.random.pick(this.world.instances);
      const attempt = admin.call('POST', `tenants/${tenantId}/credits`, body);
      const isBooked = attempt.then(
        () => true,
        () => false,
      );
      // One that a stopped gateway has swallowed is sent again by another way.
      if (await Promise.race([isBooked, sleep(10_000).then(() => false)])) return;
      await sleep(RETRY_MS);
    }
  }
}
