import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RedisClient } from './client';
import { guardedRedis } from './failure';

export type ScriptName =
  | 'quota_check'
  | 'quota_warm'
  | 'quota_hold'
  | 'quota_raise'
  | 'quota_deduct'
  | 'quota_fold'
  | 'quota_renew'
  | 'quota_sum'
  | 'quota_standing'
  | 'answer_put';

const INCLUDE = /^-- @include (\w+)$/gm;

/** The text of a script with its shared pieces put in, each once, where the script names them. */
export function readScript(name: string, folder = luaFolder()): string {
  const source = readFileSync(path.join(folder, `${name}.lua`), 'utf8');
  const included = new Set<string>();
  return source.replace(INCLUDE, (_line, piece: string) => {
    if (included.has(piece)) throw new Error(`${name}.lua includes ${piece} twice`);
    included.add(piece);
    return readFileSync(path.join(folder, 'include', `${piece}.lua`), 'utf8');
  });
}

const luaFolder = (): string => path.join(process.cwd(), 'src/server/lua');

export type Argument = string | number | bigint | Buffer;

/** Bytes stay as they are. */
const wordOf = (argument: Argument): string | Buffer =>
  Buffer.isBuffer(argument) ? argument : String(argument);

/** Observes how long each script took, in milliseconds; the outcome is not judged here. */
export type ScriptTimer = (script: ScriptName, durationMs: number) => void;

export interface ScriptRunner {
  /**
   * Runs a script by its SHA; a Redis that forgot it (restart, SCRIPT FLUSH) is taught it again.
   * Returns the reply's elements as strings. Throws RedisUnavailable when Redis cannot answer.
   */
  run(
    script: ScriptName,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<readonly string[]>;
}

export function createScriptRunner(redis: RedisClient, timer: ScriptTimer): ScriptRunner {
  const loaded = new Map<ScriptName, { source: string; sha: string }>();
  const script = (name: ScriptName) => {
    const known = loaded.get(name);
    if (known !== undefined) return known;
    const source = readScript(name);
    const fresh = { source, sha: createHash('sha1').update(source).digest('hex') };
    loaded.set(name, fresh);
    return fresh;
  };
  const call = async (name: ScriptName, keys: readonly string[], args: readonly Argument[]) => {
    const { source, sha } = script(name);
    // One list, not an argument each: a tenant with many keys has more words than a call may have.
    const words = [String(keys.length), ...keys, ...args.map(wordOf)];
    try {
      return await redis.call('evalsha', [sha, ...words]);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      // EVAL runs the script and keeps it: in a cluster it reaches the very node that lacks it.
      return await redis.call('eval', [source, ...words]);
    }
  };
  return {
    async run(name, keys, args) {
      const startedAt = performance.now();
      try {
        const reply = await guardedRedis(() => call(name, keys, args));
        if (!Array.isArray(reply)) throw new Error(`${name}.lua gave no list`);
        return reply.map(String);
      } finally {
        timer(name, performance.now() - startedAt);
      }
    },
  };
}
