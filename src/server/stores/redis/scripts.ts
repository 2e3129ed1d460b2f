import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RedisClient } from './client';
import { redisError } from './failure';
import { ScriptCall } from './script-call';

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

/**
 * The script as it is sent: what it returns, a list of numbers and strings, comes back as one string,
 * which costs the client a fifth of what a list does. No element has a line's end in it.
 */
const inOneString = (source: string): string => `local function script() ${source}
end
local reply = script()
for i = 1, #reply do reply[i] = reply[i] or '' end
return table.concat(reply, '\\n')`;

export type Argument = string | number | bigint | Buffer;

type Word = string | Buffer;

/** Bytes stay as they are. */
const wordOf = (argument: Argument): Word =>
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

interface Loaded {
  readonly source: string;
  readonly sha: string;
}

export function createScriptRunner(redis: RedisClient, timer: ScriptTimer): ScriptRunner {
  const known = new Map<ScriptName, Loaded>();
  const load = (name: ScriptName): Loaded => {
    const source = inOneString(readScript(name));
    const loaded = { source, sha: createHash('sha1').update(source).digest('hex') };
    known.set(name, loaded);
    return loaded;
  };
  /** What Redis forgot is taught again. */
  const teach = async (error: unknown, { source }: Loaded, words: readonly Word[]) => {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    // EVAL runs the script and keeps it: in a cluster it reaches the very node that lacks it.
    return await redis.call('eval', [source, ...words.slice(1)]);
  };
  return {
    async run(name, keys, args) {
      const startedAt = performance.now();
      const script = known.get(name) ?? load(name);
      const words: Word[] = [script.sha, String(keys.length), ...keys, ...args.map(wordOf)];
      try {
        const reply = await send(redis, words).catch((error) => teach(error, script, words));
        if (typeof reply !== 'string') throw new Error(`${name}.lua gave no list`);
        return reply.split('\n');
      } catch (error) {
        throw redisError(error);
      } finally {
        timer(name, performance.now() - startedAt);
      }
    },
  };
}

/** One list, not an argument each: a tenant with many keys has more words than a call may have. */
function send(redis: RedisClient, words: Word[]): Promise<unknown> {
  if (!areTexts(words)) return redis.call('evalsha', words);
  const call = new ScriptCall(words);
  redis.sendCommand(call);
  return call.promise;
}

const areTexts = (words: Word[]): words is string[] =>
  words.every((word) => typeof word === 'string');
