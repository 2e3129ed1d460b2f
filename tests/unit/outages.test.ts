import { describe, expect, it } from 'vitest';
import { isPostgresOutage } from '@/server/stores/postgres/failure';
import { redisFailure } from '@/server/stores/redis/failure';

const coded = (code: string): Error => Object.assign(new Error('it failed'), { code });

describe('a Redis that cannot answer is told from a fault of our own', () => {
  it.each([
    ['LOADING Redis is loading the dataset in memory', 'loading'],
    [
      "READONLY You can't write against a read only replica. script: 6eb, on @user_script:1.",
      'readonly',
    ],
    [
      "ERR Error running script (call to f_6eb): @user_script:60: @user_script: 60: -READONLY You can't write against a read only replica.",
      'readonly',
    ],
    [
      'ERR Error running script (call to f_6eb): @user_script:3: @user_script: 3: -MISCONF Redis is configured to save RDB snapshots',
      'misconf',
    ],
    ["OOM command not allowed when used memory > 'maxmemory'. script: 6eb", 'out_of_memory'],
    [
      "ERR Error running script (call to f_6eb): @user_script: 9: -OOM command not allowed when used memory > 'maxmemory'.",
      'out_of_memory',
    ],
    ['BUSY Redis is busy running a script.', 'busy'],
    ['CLUSTERDOWN The cluster is down', 'cluster_down'],
    [
      'Too many Cluster redirections. Last error: ReplyError: TRYAGAIN Multiple keys request during rehashing of slot',
      'cluster_down',
    ],
    ['Too many Cluster redirections. Last error: Error: Connection is closed.', 'disconnected'],
    ["Cluster isn't ready and enableOfflineQueue options is false", 'disconnected'],
    ['Command timed out', 'timeout'],
    ['Connection is closed.', 'disconnected'],
    ["Stream isn't writeable and enableOfflineQueue options is false", 'disconnected'],
    ['Reached the max retries per request limit (which is 0).', 'disconnected'],
    ['getaddrinfo EAI_AGAIN redis', 'disconnected'],
    ['BADARG amount script: 6eb, on @user_script:14.', null],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', null],
    ['ERR unknown command BUSYBODY', null],
  ])('%s', (message, reason) => {
    expect(redisFailure(new Error(message))).toBe(reason);
  });

  it('what is no error at all is a fault of our own', () => {
    expect(redisFailure('LOADING')).toBeNull();
  });
});

describe('a Postgres that is away is told from a statement that is wrong', () => {
  it.each([
    '57P01',
    '57014',
    '53300',
    '08006',
    '40001',
    '40P01',
    '25006',
    '58030',
    'CONNECTION_CLOSED',
    'CONNECT_TIMEOUT',
    'ECONNREFUSED',
    'EAI_AGAIN',
    'ENETUNREACH',
    'EHOSTDOWN',
  ])('%s: away', (code) => {
    expect(isPostgresOutage(coded(code))).toBe(true);
  });

  it.each(['22003', '23505', '23514', '42P01', 'P0001'])('%s: wrong', (code) => {
    expect(isPostgresOutage(coded(code))).toBe(false);
  });
});
