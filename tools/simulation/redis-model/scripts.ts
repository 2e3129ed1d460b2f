import type { ScriptName } from '@/server/stores/redis/scripts';
import { check, hold, type Reply, raise, renew } from './admission';
import { answerPut } from './answers';
import { Words } from './arguments';
import { deduct, fold, warm } from './ending';
import type { Keyspace } from './keyspace';
import { standing } from './standing';
import { sum } from './sum';

const SCRIPTS: Readonly<Record<ScriptName, (redis: Keyspace, keys: Words, words: Words) => Reply>> =
  {
    quota_check: check,
    quota_warm: warm,
    quota_hold: hold,
    quota_raise: raise,
    quota_deduct: deduct,
    quota_fold: fold,
    quota_renew: renew,
    quota_sum: sum,
    quota_standing: standing,
    answer_put: answerPut,
  };

/**
 * Runs the twin of a Lua script at one instant of Redis's clock. Gives the reply's elements as the
 * runner does, and throws where the script raises an error.
 */
export function runScript(
  redis: Keyspace,
  nowMs: number,
  name: ScriptName,
  keys: readonly string[],
  args: readonly string[],
): string[] {
  redis.nowMs = nowMs;
  return SCRIPTS[name](redis, new Words(keys), new Words(args)).map(String);
}
