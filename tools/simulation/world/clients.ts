import { type Ask, ClientExchange } from './exchange';
import type { Instance } from './instance';
import type { Stage } from './stage';
import type { TenantPlan } from './tenants';
import { MODELS } from './tenants';
import { TOKEN } from './tokens';

const TRACES = ['alpha', 'beta', 'gamma', 'delta'];
const FOLLOW_UPS_MAX = 12;
/** A client lets go of a request that takes this long. */
const PATIENCE_MS = 90_000;

/** The clients of every tenant: they ask, leave, come back, and ask the same again. */
export class Clients {
  readonly open = new Map<ClientExchange, Instance | null>();
  private readonly asked = new Map<string, Ask>();
  private followUps = 0;

  constructor(
    private readonly stage: Stage,
    private readonly alive: () => readonly Instance[],
  ) {}

  /** Draws the requests of a seed, in bursts. Gives when they begin. */
  plan(horizonMs: number): number[] {
    const { dice, scheduler } = this.stage;
    let left = dice.between(6, 22);
    const moments: number[] = [];
    while (left > 0) {
      const atMs = dice.next() * horizonMs;
      moments.push(atMs);
      const burst = Math.min(dice.chance(0.3) ? dice.between(2, 8) : 1, left);
      left -= burst;
      for (let i = 0; i < burst; i += 1) {
        const ask = this.draw();
        scheduler.after(atMs + dice.skewed(0, 60), null, () => this.send(ask));
      }
    }
    return moments;
  }

  /** One more request, beside those that were planned. */
  sendAnother(): void {
    this.send(this.draw());
  }

  private draw(): Ask {
    const { dice, tenants } = this.stage;
    const tenant = dice.pick(tenants);
    const traceId = dice.chance(0.6) ? dice.pick(TRACES) : null;
    const known = this.asked.get(`${tenant.id}/${traceId}`);
    if (traceId === null || known === undefined || dice.chance(0.06)) {
      const ask = this.drawAsk(tenant, traceId);
      if (traceId !== null && known === undefined) this.asked.set(`${tenant.id}/${traceId}`, ask);
      return ask;
    }
    return dice.chance(0.06) ? { ...known, keyId: dice.pick(tenant.keys) } : known;
  }

  private drawAsk(tenant: TenantPlan, traceId: string | null): Ask {
    const { dice } = this.stage;
    const isStream = dice.chance(0.5);
    const prompt = TOKEN.repeat(dice.pick([1, 20, 150]));
    const body = JSON.stringify({
      model: dice.pick(MODELS).id,
      messages: [{ role: 'user', content: `${tenant.tag}${dice.between(0, 999_999)}${prompt}` }],
      ...(isStream ? { stream: true } : {}),
      ...(dice.chance(0.5) ? { max_tokens: dice.pick([10, 100, 300, 700]) } : {}),
      ...(dice.chance(0.12) ? { n: 2 } : {}),
      ...(isStream && dice.chance(0.3) ? { stream_options: { include_usage: true } } : {}),
    });
    const keyId = dice.pick(tenant.keys);
    return { tenantId: tenant.id, keyId, tag: tenant.tag, traceId, isStream, body };
  }

  send(ask: Ask): void {
    const { dice, scheduler, journal } = this.stage;
    const exchange = new ClientExchange(this.stage.exchanges.length + 1, ask);
    this.stage.exchanges.push(exchange);
    const reachable = this.alive().filter((instance) => !instance.isDraining);
    const instance = reachable.length === 0 ? null : dice.pick(reachable);
    journal.say(
      () =>
        `${exchange.name} → ${instance?.name ?? 'nobody'}: ${ask.traceId ?? '(no trace)'} ${ask.isStream ? 'stream' : 'plain'} ${ask.body}`,
    );
    if (instance === null) {
      exchange.isOver = true;
      return;
    }
    this.open.set(exchange, instance);
    exchange.end = () => this.onOver(exchange);
    scheduler.after(dice.skewed(0.1, 5), instance.process, () => instance.serve(exchange));
    const leavesEarly = this.stage.faults.has('client-leaves') && dice.chance(0.3);
    if (leavesEarly) this.stage.reach('fault: client-leaves');
    const stayMs = leavesEarly ? dice.skewed(1, 9_000) : PATIENCE_MS;
    scheduler.after(stayMs, instance.process, () => this.leave(exchange));
  }

  /** The client goes away; runs where its process notices. */
  private leave(exchange: ClientExchange): void {
    if (exchange.isOver) return;
    this.stage.journal.say(() => `${exchange.name}: the client leaves`);
    exchange.isGone = true;
    const isBegun = exchange.text !== '';
    this.stage.reach(`client: leaves ${isBegun ? 'after' : 'before'} the first byte`);
    this.onOver(exchange);
    exchange.gone.abort(new Error('client closed'));
  }

  /** Which situations a request ended in. */
  private look({ status, code, isReplay, ask }: ClientExchange): void {
    const { stage } = this;
    if (isReplay) stage.reach('trace: replayed');
    if (code === null) return;
    stage.reachNamed(`answered: ${code}`);
    if (!stage.redis.isUp && !stage.postgres.isUp && code === 'billing_unavailable') {
      stage.reach('process: both stores are away from a request');
    }
    if (!ask.isStream || status !== 200) return;
    if (code === 'insufficient_quota') {
      stage.reach('client: its stream ends for want of a further hold');
    }
    if (code === 'invalid_api_key') {
      stage.reach('client: its key is revoked in the middle of a stream');
    }
  }

  /** A process died: its connections broke. */
  onCrash(instance: Instance): void {
    for (const [exchange, at] of this.open) {
      if (at !== instance) continue;
      exchange.isDisturbed = true;
      this.onOver(exchange);
    }
  }

  onDisturbed(instance: Instance): void {
    for (const [exchange, at] of this.open) if (at === instance) exchange.isDisturbed = true;
    for (const exchange of instance.exchanges) exchange.isDisturbed = true;
  }

  onOver(exchange: ClientExchange): void {
    if (exchange.isOver) return;
    exchange.isOver = true;
    this.open.delete(exchange);
    const { dice, scheduler, journal } = this.stage;
    journal.say(
      () =>
        `${exchange.name}: ${exchange.status ?? 'no reply'} ${exchange.code ?? ''} ${exchange.isComplete ? 'complete' : ''} ${exchange.isReplay ? 'replayed' : ''} ${exchange.deliveredTokens} tokens`,
    );
    this.look(exchange);
    if (exchange.ask.traceId === null || this.followUps >= FOLLOW_UPS_MAX) return;
    if (!dice.chance(exchange.isComplete ? 0.25 : 0.5)) return;
    this.followUps += 1;
    const delayMs = dice.pick([0, dice.skewed(1, 2_000), dice.skewed(1_000, 45_000)]);
    scheduler.after(delayMs, null, () => this.send(exchange.ask));
  }
}
