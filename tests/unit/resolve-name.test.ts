import { scrypt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { newWebhookSecret } from '@/server/security/webhook-secret';
import { createHttpWebhookSender } from '@/server/webhooks/http-sender';
import { type Resolve, resolverBy } from '@/server/webhooks/resolve-name';

const TYPE_A = 1;

const PUBLIC = '5db8d70e';
const PRIVATE = '0a000007';

/** Answers a question as it came: an address in hex for an A record, nothing for others. */
const leadingTo =
  (address: string) =>
  (question: Buffer): Buffer => {
    const typeAt = question.indexOf(0, 12) + 1;
    const isA = question.readUInt16BE(typeAt) === TYPE_A;
    const head = Buffer.from(question.subarray(0, 12));
    // A response, recursion available, without an error.
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(isA ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const record = Buffer.from(`c00c000100010000003c0004${address}`, 'hex');
    return Buffer.concat([head, question.subarray(12, typeAt + 4), ...(isA ? [record] : [])]);
  };

describe('the names of webhooks', () => {
  let server: Socket;
  const start = async (answer: ((question: Buffer) => Buffer) | null) => {
    server = createSocket('udp4');
    server.on('message', (question, from) => {
      if (answer !== null) server.send(answer(question), from.port, from.address);
    });
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    return resolverBy([`127.0.0.1:${server.address().port}`]);
  };
  const addressesBy = (resolve: Resolve) => (name: string) =>
    new Promise((done) => {
      resolve(name, { all: true }, (error, addresses) => done(error?.code ?? addresses));
    });
  afterEach(() => void server.close());

  it('are resolved where only one family has addresses', async () => {
    const resolve = addressesBy(await start(leadingTo(PUBLIC)));
    expect(await resolve('hooks.example')).toEqual([{ address: '93.184.215.14', family: 4 }]);
  });

  it('are not called where they lead to a private address', async () => {
    const resolve = await start(leadingTo(PRIVATE));
    const sender = createHttpWebhookSender({ privateHosts: [], resolve });
    const call = { id: 'x', url: 'https://hooks.example/', secret: newWebhookSecret(), body: '{}' };
    const refused = { kind: 'failed', fault: 'address_not_allowed', isFinal: true };
    expect(await sender.send(call)).toEqual(refused);
  });

  it('keep none of the process’s threads while a name server is silent, and fail in time', async () => {
    const resolve = addressesBy(await start(null));
    const startedAtMs = performance.now();
    const silent = Array.from({ length: 20 }, (_, at) => resolve(`silent-${at}.example`));
    await promisify(scrypt)('password', 'salt', 16);
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(new Set(await Promise.all(silent))).toEqual(new Set(['ETIMEOUT']));
    expect(performance.now() - startedAtMs).toBeLessThan(9_000);
  }, 15_000);
});
