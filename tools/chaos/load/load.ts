import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random';
import type { World } from '../world/world';
import { exchange } from './client';
import type { Orders } from './orders';
import type { Seen } from './seen';

/** With so many open at a gateway, one that is due there is not begun: it is stopped, or overrun. */
const OPEN_AT_GATEWAY_MAX = 200;

/** The clients of one burst. */
export class Load {
  readonly seen: Seen[] = [];
  begun = 0;
  private readonly openBy: number[];

  constructor(
    private readonly world: World,
    private readonly orders: Orders,
    private readonly pauses: Random,
  ) {
    this.openBy = world.instances.map(() => 0);
  }

  get open(): number {
    return this.openBy.reduce((sum, open) => sum + open, 0);
  }

  /** Requests under way at one gateway, as the clients see it. */
  openAt(gateway: number): number {
    return this.openBy[gateway] ?? 0;
  }

  /** Begins `rate` requests a second until the time is over; then waits for what is under way. */
  async run(rate: number, untilMs: number): Promise<void> {
    let dueMs = Date.now();
    while (dueMs < untilMs) {
      dueMs += (-Math.log(1 - this.pauses.next()) * 1_000) / rate;
      const waitMs = dueMs - Date.now();
      if (waitMs >= 1) await sleep(waitMs);
      const order = this.orders.next();
      if (this.openAt(order.gateway) < OPEN_AT_GATEWAY_MAX) void this.send(order);
      // A late machine must still let replies in.
      if (this.begun % 50 === 0) await sleep(0);
    }
    while (this.open > 0) await sleep(50);
  }

  private async send(order: ReturnType<Orders['next']>): Promise<void> {
    const { gateway } = order;
    const origin = this.world.instances[gateway]?.gateway.origin ?? '';
    this.begun += 1;
    this.openBy[gateway] = this.openAt(gateway) + 1;
    this.seen.push(await exchange(order, origin));
    this.openBy[gateway] = this.openAt(gateway) - 1;
  }
}
