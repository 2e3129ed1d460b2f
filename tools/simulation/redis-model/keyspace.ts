type Value =
  | { readonly kind: 'hash'; readonly fields: Map<string, string> }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'scores'; readonly scores: Map<string, number> };

interface Entry {
  readonly value: Value;
  /** Unix milliseconds; null: it stays. */
  expiresAtMs: number | null;
}

const INTEGER = /^(?:0|-?[1-9]\d{0,18})$/;
/** So short that a double holds it and the sum of two such. */
const SHORT = 15;

/** The keys of one Redis, with the few commands that the scripts call. Time stands still within one. */
export class Keyspace {
  nowMs = 0;
  private entries = new Map<string, Entry>();

  /** A copy that shares nothing: what a file on disk would hold. */
  copy(): Keyspace {
    const copy = new Keyspace();
    copy.nowMs = this.nowMs;
    for (const [key, { value, expiresAtMs }] of this.entries) {
      copy.entries.set(key, { value: copyOf(value), expiresAtMs });
    }
    return copy;
  }

  keys(): string[] {
    return [...this.entries.keys()].filter((key) => this.find(key) !== null);
  }

  expiresAtMs(key: string): number | null {
    return this.find(key)?.expiresAtMs ?? null;
  }

  read(key: string): Value | null {
    return this.find(key)?.value ?? null;
  }

  /** Moves the clock and every time to live with it, as if no time had passed for the keys. */
  setClock(nowMs: number): void {
    const shift = nowMs - this.nowMs;
    this.nowMs = nowMs;
    for (const entry of this.entries.values()) {
      if (entry.expiresAtMs !== null) entry.expiresAtMs += shift;
    }
  }

  exists(key: string): boolean {
    return this.find(key) !== null;
  }

  del(key: string): void {
    this.entries.delete(key);
  }

  pexpire(key: string, ms: number): void {
    const entry = this.find(key);
    if (entry !== null) entry.expiresAtMs = this.nowMs + ms;
  }

  get(key: string): string | null {
    const value = this.read(key);
    return value?.kind === 'text' ? value.text : null;
  }

  set(key: string, text: string, ttlMs: number): void {
    this.entries.set(key, { value: { kind: 'text', text }, expiresAtMs: this.nowMs + ttlMs });
  }

  fields(key: string): ReadonlyMap<string, string> {
    const value = this.read(key);
    return value?.kind === 'hash' ? value.fields : EMPTY;
  }

  hget(key: string, field: string): string | null {
    return this.fields(key).get(field) ?? null;
  }

  hset(key: string, ...pairs: readonly string[]): void {
    const fields = this.hash(key);
    for (let i = 0; i + 1 < pairs.length; i += 2) fields.set(pairs[i] ?? '', pairs[i + 1] ?? '');
  }

  hdel(key: string, field: string): void {
    const value = this.read(key);
    if (value?.kind !== 'hash') return;
    value.fields.delete(field);
    if (value.fields.size === 0) this.entries.delete(key);
  }

  hincrby(key: string, field: string, by: string): void {
    const old = this.hget(key, field) ?? '0';
    if (!INTEGER.test(old) || !INTEGER.test(by)) throw new Error('ERR value is not an integer');
    const isShort = old.length <= SHORT && by.length <= SHORT;
    const sum = isShort ? String(Number(old) + Number(by)) : String(BigInt(old) + BigInt(by));
    this.hash(key).set(field, sum);
  }

  zadd(key: string, score: number, member: string): void {
    const value = this.read(key);
    if (value?.kind === 'scores') value.scores.set(member, score);
    else {
      const scores = new Map([[member, score]]);
      this.entries.set(key, { value: { kind: 'scores', scores }, expiresAtMs: null });
    }
  }

  hasMember(key: string, member: string): boolean {
    const value = this.read(key);
    return value?.kind === 'scores' && value.scores.has(member);
  }

  zrem(key: string, member: string): void {
    const value = this.read(key);
    if (value?.kind !== 'scores') return;
    value.scores.delete(member);
    if (value.scores.size === 0) this.entries.delete(key);
  }

  /** The first members whose score lies below, in Redis's order. */
  membersBelow(key: string, score: number, count: number): string[] {
    const value = this.read(key);
    if (value?.kind !== 'scores') return [];
    const found = [...value.scores].filter(([, own]) => own < score);
    found.sort(([a, left], [b, right]) => left - right || (a < b ? -1 : 1));
    return found.slice(0, count).map(([member]) => member);
  }

  /** Removes the members whose score lies below. */
  dropBelow(key: string, score: number): void {
    const value = this.read(key);
    if (value?.kind !== 'scores') return;
    for (const [member, own] of value.scores) if (own < score) value.scores.delete(member);
    if (value.scores.size === 0) this.entries.delete(key);
  }

  private hash(key: string): Map<string, string> {
    const value = this.read(key);
    if (value?.kind === 'hash') return value.fields;
    const fields = new Map<string, string>();
    this.entries.set(key, { value: { kind: 'hash', fields }, expiresAtMs: null });
    return fields;
  }

  private find(key: string): Entry | null {
    const entry = this.entries.get(key);
    if (entry === undefined) return null;
    if (entry.expiresAtMs === null || this.nowMs <= entry.expiresAtMs) return entry;
    this.entries.delete(key);
    return null;
  }
}

const EMPTY: ReadonlyMap<string, string> = new Map();

function copyOf(value: Value): Value {
  if (value.kind === 'hash') return { kind: 'hash', fields: new Map(value.fields) };
  return value.kind === 'scores' ? { kind: 'scores', scores: new Map(value.scores) } : value;
}
