import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Settlement } from '@/server/domain/charge';
import {
  newApiKeyId,
  newTenantId,
  newTraceId,
  newTransactionId,
  operationId,
} from '@/server/domain/ids';
import { dayOf, monthOf } from '@/server/domain/period';
import { createFileSpool } from '@/server/stores/spool/file-spool';
import { firstThatTakesIt } from '@/server/stores/spool/first-that-takes-it';
import { decodeSettlement, encodeSettlement } from '@/server/stores/spool/settlement-record';

const settlements = fc
  .record({
    amountNano: fc.bigInt({ min: 0n, max: 9_000_000_000_000_000n }),
    tokens: fc.nat(),
    attempt: fc.integer({ min: 1, max: 9 }),
    isVoid: fc.boolean(),
    model: fc.string({ unit: 'binary' }),
    cachedInput: fc.option(fc.bigInt({ min: 0n, max: 10n ** 24n })),
    at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
  })
  .map((made): Settlement => {
    const transactionId = newTransactionId();
    return {
      charge: {
        transactionId,
        tenantId: newTenantId(),
        keyId: newApiKeyId(),
        traceId: newTraceId(),
        traceNamed: made.isVoid,
        bodyHash: 'a'.repeat(64),
        endpoint: 'chat.completions',
        isStream: !made.isVoid,
        model: made.model,
        price: { input: 150_000_000_000n, output: 1n, cachedInput: made.cachedInput },
        attempt: made.attempt,
        operationId: operationId(transactionId, made.attempt),
        owner: 'host/1/x',
        admittedBy: made.isVoid ? 'redis' : 'postgres',
        heldNano: made.amountNano,
        heldTokens: made.tokens,
        day: dayOf(made.at),
        month: monthOf(made.at),
        countedInputTokens: made.tokens,
      },
      outcome: made.isVoid
        ? { status: 'VOIDED', reason: 'client_closed' }
        : {
            status: 'COMMITTED',
            amountNano: made.amountNano,
            finish: 'complete',
            usage: {
              billed: {
                inputTokens: made.tokens,
                outputTokens: 1,
                cachedTokens: 0,
                reasoningTokens: 0,
              },
              source: 'counted',
              anomaly: null,
              countedOutputTokens: 1,
              reportedInputTokens: null,
              reportedOutputTokens: made.tokens,
            },
          },
      timings: { upstream: 'sim', upstreamMs: 1, firstByteMs: null, durationMs: 2 },
      write: made.isVoid ? 'update' : 'insert',
      onlyIfExpired: false,
      answerLeft: made.isVoid,
    };
  });

const some = (count: number) => fc.sample(settlements, { numRuns: count, seed: 7 });

let folder: string;
let damaged: unknown[];

const spoolIn = (where: string) => createFileSpool(where, (error) => damaged.push(error));

beforeEach(() => {
  damaged = [];
  folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-spool-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a settlement comes back from its record as it was, to the nano', () => {
  fc.assert(
    fc.property(settlements, (settlement) => {
      const line = encodeSettlement(settlement);
      expect(line).not.toContain('\n');
      expect(decodeSettlement(line)).toEqual(settlement);
    }),
  );
});

test('what was put is handed out, and is gone once it was taken', async () => {
  const spool = spoolIn(path.join(folder, 'made', 'when', 'needed'));
  const put = some(200);
  await Promise.all(put.map((settlement) => spool.put(settlement)));
  expect(await spool.waiting()).toBe(200);
  const taken: Settlement[] = [];
  expect(await spool.replay(async (settlement) => void taken.push(settlement))).toBe(200);
  expect(taken).toHaveLength(200);
  expect(taken).toEqual(expect.arrayContaining(put));
  expect(await spool.replay(async () => undefined)).toBe(0);
  expect(readdirSync(path.join(folder, 'made', 'when', 'needed'))).toEqual([]);
});

test('settlements that wait at once share a file', async () => {
  const spool = spoolIn(folder);
  await Promise.all(some(100).map((settlement) => spool.put(settlement)));
  expect(readdirSync(folder).length).toBeLessThanOrEqual(2);
});

test('what could not be booked waits on, for this process or another', async () => {
  const [settlement] = some(1);
  if (settlement === undefined) throw new Error('nothing sampled');
  await spoolIn(folder).put(settlement);
  const refuse = () => Promise.reject(new Error('away'));
  await expect(spoolIn(folder).replay(refuse)).rejects.toThrow('away');
  expect(await spoolIn(folder).waiting()).toBe(1);
});

test('one that cannot be booked stands in the way of no other, in its file or the next', async () => {
  const spool = spoolIn(folder);
  const [stuck, ...others] = some(6);
  if (stuck === undefined) throw new Error('nothing sampled');
  await Promise.all([stuck, ...others.slice(0, 3)].map((settlement) => spool.put(settlement)));
  await Promise.all(others.slice(3).map((settlement) => spool.put(settlement)));
  expect(readdirSync(folder)).toHaveLength(2);
  const taken: Settlement[] = [];
  const book = async (settlement: Settlement): Promise<void> => {
    if (settlement.charge.operationId === stuck.charge.operationId) throw new Error('locked');
    taken.push(settlement);
  };
  await expect(spool.replay(book)).rejects.toThrow('locked');
  expect(taken).toHaveLength(5);
  expect(await spool.waiting()).toBe(1);
  // What is booked is not sent again for the sake of the one that is not.
  await expect(spool.replay(book)).rejects.toThrow('locked');
  expect(taken).toHaveLength(5);
  // Another process does not know; booking is idempotent.
  expect(await spoolIn(folder).replay(async (settlement) => void taken.push(settlement))).toBe(4);
  expect(readdirSync(folder)).toEqual([]);
});

test('a medium that does not come to its end keeps no other waiting', async () => {
  const [one, other] = some(2);
  if (one === undefined || other === undefined) throw new Error('nothing sampled');
  const [first, second] = [path.join(folder, 'first'), path.join(folder, 'second')].map(spoolIn);
  if (first === undefined || second === undefined) throw new Error('no spools');
  await first.put(one);
  await second.put(other);
  const taken: string[] = [];
  const replayed = firstThatTakesIt([first, second]).replay(async ({ charge }) => {
    if (charge.operationId === one.charge.operationId) throw new Error('locked');
    taken.push(charge.operationId);
  });
  await expect(replayed).rejects.toThrow('locked');
  expect(taken).toEqual([other.charge.operationId]);
});

test('one that was taken back is handed out no more, by this process or another', async () => {
  const spool = spoolIn(folder);
  const put = some(3);
  const [, second] = await Promise.all(put.map((settlement) => spool.put(settlement)));
  await second?.takeBack();
  expect(await spool.waiting()).toBe(2);
  const taken: string[] = [];
  await spoolIn(folder).replay(async ({ charge }) => void taken.push(charge.operationId));
  expect(taken).toEqual([put[0], put[2]].map((settlement) => settlement?.charge.operationId));
  expect(readdirSync(folder)).toEqual([]);
});

test('a record of an earlier version, which says less, is read all the same', () => {
  const [settlement] = some(1);
  if (settlement === undefined) throw new Error('nothing sampled');
  const { answerLeft: _, ...record } = JSON.parse(encodeSettlement(settlement));
  expect(decodeSettlement(JSON.stringify(record))).toEqual({ ...settlement, answerLeft: false });
});

test('a half-written draft is no settlement, and a damaged file is set aside, not lost', async () => {
  const [settlement] = some(1);
  if (settlement === undefined) throw new Error('nothing sampled');
  const spool = spoolIn(folder);
  writeFileSync(path.join(folder, 'killed.draft'), '{"charge":');
  writeFileSync(path.join(folder, '0-damaged.jsonl'), '{"charge":1}\n');
  await spool.put(settlement);
  expect(await spool.replay(async () => undefined)).toBe(1);
  expect(damaged).toHaveLength(1);
  expect(readdirSync(folder).sort()).toEqual(['0-damaged.jsonl.unreadable', 'killed.draft']);
});

test('a disk that refuses a write keeps nothing of it, so that refusals do not fill it further', async () => {
  const [settlement] = some(1);
  if (settlement === undefined) throw new Error('nothing sampled');
  const file = await open(path.join(folder, 'any'), 'w');
  await file.close();
  rmSync(path.join(folder, 'any'));
  const full = vi.spyOn(Object.getPrototypeOf(file), 'sync');
  full.mockRejectedValueOnce(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
  await expect(spoolIn(folder).put(settlement)).rejects.toThrow('ENOSPC');
  full.mockRestore();
  expect(readdirSync(folder)).toEqual([]);
});

test('a draft that a killed process left goes after an hour: no answer ever left for it', async () => {
  const spool = spoolIn(folder);
  const hourAgo = new Date(Date.now() - 3_700_000);
  for (const name of ['old.draft', 'new.draft']) writeFileSync(path.join(folder, name), '{"cha');
  utimesSync(path.join(folder, 'old.draft'), hourAgo, hourAgo);
  await spool.replay(async () => undefined);
  expect(readdirSync(folder)).toEqual(['new.draft']);
});

test('what the first medium refuses goes to the next, and both are replayed', async () => {
  const notAFolder = path.join(folder, 'file');
  writeFileSync(notAFolder, '');
  const second = spoolIn(path.join(folder, 'second'));
  const spool = firstThatTakesIt([spoolIn(notAFolder), second]);
  const [settlement] = some(1);
  if (settlement === undefined) throw new Error('nothing sampled');
  await spool.put(settlement);
  expect(await second.waiting()).toBe(1);
  const none = firstThatTakesIt([spoolIn(notAFolder)]);
  await expect(none.put(settlement)).rejects.toThrow('No spool takes the settlement');
});
