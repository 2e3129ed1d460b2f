import { createHmac } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, judgeWebhookUrl } from '@/server/domain/webhook-url';
import { newWebhookSecret } from '@/server/security/webhook-secret';
import { createHttpWebhookSender, publicLookup } from '@/server/webhooks/http-sender';
import { signatureHeaders } from '@/server/webhooks/signature';

describe('an address of the public internet', () => {
  it.each(['93.184.215.14', '1.1.1.1', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450::1'])(
    '%s is one',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.9',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a9fe:a9fe',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12::1',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    'localhost',
    '',
  ])('%s is none', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('the address of a webhook', () => {
  it.each([
    ['https://example.com/hook?x=1', null],
    ['https://example.com:8443', null],
    ['https://93.184.215.14/', null],
    ['http://example.com', 'not_https'],
    ['ftp://example.com', 'not_https'],
    ['javascript:alert(1)', 'not_https'],
    ['example.com', 'not_a_url'],
    ['', 'not_a_url'],
    [`https://example.com/${'x'.repeat(2048)}`, 'not_a_url'],
    ['https://user:secret@example.com', 'has_credentials'],
    ['https://localhost/', 'not_public'],
    ['https://api.localhost./', 'not_public'],
    ['https://127.0.0.1/', 'not_public'],
    // Other ways to write the same: the URL parser makes them plain.
    ['https://2130706433/', 'not_public'],
    ['https://0x7f.1/', 'not_public'],
    ['https://0177.0.0.1/', 'not_public'],
    ['https://[::1]/', 'not_public'],
    ['https://[::ffff:7f00:1]/', 'not_public'],
    ['https://169.254.169.254/latest/meta-data', 'not_public'],
  ] as const)('%s: %s', (url, fault) => expect(judgeWebhookUrl(url, [])).toBe(fault));

  it('may be private, and http, where the operator names the host or host and port', () => {
    const allowed = ['hooks.internal', '127.0.0.1:8080'];
    expect(judgeWebhookUrl('http://hooks.internal:99/x', allowed)).toBeNull();
    expect(judgeWebhookUrl('http://127.0.0.1:8080/x', allowed)).toBeNull();
    expect(judgeWebhookUrl('http://127.0.0.1:8081/x', allowed)).toBe('not_https');
    expect(judgeWebhookUrl('https://127.0.0.1/x', allowed)).toBe('not_public');
    expect(judgeWebhookUrl('http://u:p@hooks.internal', allowed)).toBe('has_credentials');
  });
});

describe('a name is judged by all that it leads to, when it is called', () => {
  const resolved = (...addresses: string[]) =>
    new Promise<string>((resolve) => {
      const list: LookupAddress[] = addresses.map((address) => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
      const fake = (_host: string, _options: object, done: (e: null, l: LookupAddress[]) => void) =>
        done(null, list);
      publicLookup(fake)('rebound.example', {}, (error, address) =>
        resolve(error === null ? String(address) : String(Reflect.get(error, 'code'))),
      );
    });

  it('a public one is connected to at the address that was judged', async () => {
    expect(await resolved('93.184.215.14', '1.1.1.1')).toBe('93.184.215.14');
  });

  it('one private address among public ones is enough to refuse', async () => {
    expect(await resolved('93.184.215.14', '10.0.0.1')).toBe('NOT_PUBLIC');
    expect(await resolved('::ffff:127.0.0.1')).toBe('NOT_PUBLIC');
    expect(await resolved()).toBe('NOT_PUBLIC');
  });

  it('what was allowed when it was set is judged again when it is called', async () => {
    const sender = createHttpWebhookSender({ privateHosts: [] });
    const call = { id: 'x', secret: newWebhookSecret(), body: '{}' };
    for (const url of ['http://127.0.0.1:9/', 'https://127.0.0.1:9/', 'https://localhost:9/']) {
      expect(await sender.send({ ...call, url })).toEqual({
        kind: 'failed',
        fault: 'address_not_allowed',
        isFinal: true,
      });
    }
  });
});

describe('a signature', () => {
  it('is Standard Webhooks’: an HMAC over id, time and body under the secret’s bytes', () => {
    // The example of the specification.
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    const body = '{"test": 2432232314}';
    const headers = signatureHeaders(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', body, 1614265330_000);
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('of a new secret is made with 32 random bytes', () => {
    const secret = newWebhookSecret();
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    expect(key).toHaveLength(32);
    const { 'webhook-signature': signature } = signatureHeaders(secret, 'a', '{}', 1_000);
    const expected = createHmac('sha256', key).update('a.1.{}').digest('base64');
    expect(signature).toBe(`v1,${expected}`);
    expect(newWebhookSecret()).not.toBe(secret);
  });
});
