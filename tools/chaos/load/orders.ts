import { bodyOf } from '../../../tests/helpers/buy';
import type { Random } from '../random';
import type { ChaosTenant } from './tenants';

/** One request that a client is going to send. */
export interface Order {
  readonly tenant: ChaosTenant;
  readonly isStream: boolean;
  /** The trace id that the client names; null: the gateway makes one. */
  readonly traceName: string | null;
  readonly body: string;
  /** The output tokens of the whole answer. */
  readonly answerTokens: number;
  /** The client goes away so long after it asked; null: it stays. */
  readonly leavesAfterMs: number | null;
  readonly gateway: number;
}

const RECENT_NAMED_MAX = 40;
/** Tenants use the same names, each with bodies of its own: one must never get another's answer. */
const NAMES_SHARED_EVERY = 3;

/** Seeded orders of one burst: plain and streamed, named and not, some repeated, some abandoned. */
export class Orders {
  private readonly recent: Order[] = [];
  private named = 0;

  constructor(
    private readonly tenants: readonly ChaosTenant[],
    private readonly gateways: number,
    private readonly burst: number,
    private readonly random: Random,
  ) {}

  next(): Order {
    const { random, recent } = this;
    const gateway = random.between(0, this.gateways - 1);
    if (recent.length > 0 && random.chance(0.12)) return { ...random.pick(recent), gateway };
    const isStream = random.chance(0.5);
    const answerTokens = random.between(5, isStream && random.chance(0.3) ? 900 : 60);
    const tenant = random.pick(this.tenants);
    const order: Order = {
      tenant,
      isStream,
      answerTokens,
      gateway,
      traceName: random.chance(0.4) ? this.name() : null,
      leavesAfterMs: random.chance(0.1) ? random.between(1, 400) : null,
      body: bodyOf(
        {
          script: {
            outputTokens: answerTokens,
            perTokenMs: random.pick([0, 1, 3, 10]),
            ttftMs: 5,
            ...(random.chance(0.02) ? { dieAfterTokens: random.between(1, answerTokens) } : {}),
            ...(random.chance(0.02) ? { status: 500 } : {}),
          },
          ...(random.chance(0.5) ? { maxTokens: 1_000 } : {}),
          fields: { user: tenant.id },
        },
        isStream,
      ),
    };
    if (order.traceName !== null) {
      recent.push({ ...order, leavesAfterMs: null });
      if (recent.length > RECENT_NAMED_MAX) recent.shift();
    }
    return order;
  }

  private name(): string {
    this.named += 1;
    return `chaos-${this.burst}-${Math.floor(this.named / NAMES_SHARED_EVERY)}`;
  }
}
