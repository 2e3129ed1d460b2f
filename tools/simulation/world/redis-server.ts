import type { ScriptName } from '@/server/stores/redis/scripts';
import { Keyspace } from '../redis-model/keyspace';
import { runScript } from '../redis-model/scripts';
import type { Server } from './server';

/** What a Redis holds: what a file of it on disk would bring back. */
interface Memory {
  readonly keys: Keyspace;
  /** Settlements that no disk took, by tenant and operation. */
  readonly spool: Map<string, string>;
}

const copy = ({ keys, spool }: Memory): Memory => ({
  keys: keys.copy(),
  spool: new Map(spool),
});

const empty = (): Memory => ({ keys: new Keyspace(), spool: new Map() });

/** One Redis: every command at one instant of its own clock. */
export class RedisServer implements Server {
  readonly name = 'redis';
  isUp = true;
  restarts = 0;
  memory = empty();
  private readonly saved: Memory[] = [];

  constructor(readonly now: () => number) {}

  run(script: ScriptName, keys: readonly string[], args: readonly string[]): string[] {
    return runScript(this.memory.keys, Math.floor(this.now()), script, keys, args);
  }

  /** Keeps its present state, for a restart to fall back to. */
  save(): void {
    this.saved.push(copy(this.memory));
  }

  flush(): void {
    this.memory = empty();
  }

  /** Back to a saved state, chosen by where it stands among them (0 oldest, 1 newest). */
  rollBack(share: number): void {
    const saved = this.saved[Math.floor(share * this.saved.length)];
    this.memory = saved === undefined ? empty() : copy(saved);
  }

  get(key: string): string | null {
    this.memory.keys.nowMs = Math.floor(this.now());
    return this.memory.keys.get(key);
  }

  keysOf(suffix: string): string[] {
    this.memory.keys.nowMs = Math.floor(this.now());
    return this.memory.keys.keys().filter((key) => key.endsWith(suffix));
  }
}
