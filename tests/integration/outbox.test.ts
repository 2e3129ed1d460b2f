import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEnv } from '@/env';
import { createOutboxPost } from '@/server/mail/outbox-post';
import type { Outgoing } from '@/server/outgoing';
import { createOutgoing } from '@/server/outgoing';
import { checkBudgets } from '@/server/services/budgets/check';
import { lettersTo, type MailServer, startMailServer } from '../e2e/support/mail-server';
import { secretBox } from '../helpers/admin-harness';
import { TEST_SECRETS } from '../helpers/gateway';
import { type People, startPeople } from '../helpers/people';
import { isSigned, startWebhookReceiver } from '../helpers/webhook-receiver';

type Member = Awaited<ReturnType<People['join']>>;

const folder = mkdtempSync(path.join(os.tmpdir(), 'tallygate-outbox-'));
const letters = path.join(folder, 'letters.jsonl');
const lost: string[] = [];

let people: People;
let mail: MailServer;
let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;
/** Two instances, as far as the outbox is concerned. */
let instances: readonly [Outgoing, Outgoing];
let owner: Member;
let tenantId: string;

function instanceOf(smtpUrl: string, privateHosts: string): Outgoing {
  const env = readEnv({
    ...TEST_SECRETS,
    DATABASE_URL: people.databaseUrl,
    REDIS_URL: 'off',
    SMTP_URL: smtpUrl,
    WEBHOOK_PRIVATE_HOSTS: privateHosts,
  });
  const onLetterLost = (fault: string) => void lost.push(fault);
  return createOutgoing(env, { sql: people.client.sql, secretBox, onLetterLost });
}

beforeAll(async () => {
  people = await startPeople();
  people.identity.post = createOutboxPost((plain) => secretBox.seal(plain));
  mail = await startMailServer(letters);
  receiver = await startWebhookReceiver();
  people.webhookPrivateHosts.push(receiver.host);
  instances = [instanceOf(mail.url, receiver.host), instanceOf(mail.url, receiver.host)];
});
beforeEach(async () => {
  await people.sql`delete from outbox`;
  receiver.received.length = 0;
  lost.length = 0;
  faults.length = 0;
  tenantId = (await people.newTenant({ name: 'Ada & Sons' })).id;
  owner = await people.join(tenantId, 'owner');
});
afterAll(async () => {
  await people.close();
  await mail.stop();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

const system = () => people.serviceContext({ kind: 'system' });
const faults: string[] = [];
const check = () => checkBudgets(system(), (_cause, tenant) => void faults.push(tenant));
const deliverAll = async (which = instances[0]) => {
  await which.deliver('email');
  await which.deliver('webhook');
};
const dueNow = () => people.sql`update outbox set next_attempt_at = now() where status = 'waiting'`;
const spend = (nano: number) => people.sql`
  insert into usage_daily (tenant_id, day, model, api_key_id, requests, amount)
  values (${tenantId}, (now() at time zone 'utc')::date, 'm', gen_random_uuid(), 1, ${nano})`;
const log = async () => (await owner.caller.portal.deliveries.list({})).items;
const hook = async (url = receiver.url) => {
  const made = await owner.caller.portal.webhook.set({ url });
  if (made === null) throw new Error('There was a webhook already.');
  return made.secret;
};
const budget = (over: object = {}) =>
  owner.caller.portal.budget.set({
    amount: '1000',
    thresholds: [80, 50, 100],
    mail: 'managers',
    ...over,
  });

describe('an account’s letter', () => {
  it('is encrypted while it waits, leaves with whoever is alive, and is gone once it has', async () => {
    const email = `${owner.id}@example.test`;
    const anybody = await people.callerOf(null);
    await anybody.account.signUp({ name: 'New', email, password: 'a long enough password' });
    const [row] = await people.sql`select payload, recipient, tenant_id from outbox`;
    expect(Buffer.from(row?.payload).toString('latin1')).not.toContain('http');
    expect(row).toMatchObject({ recipient: null, tenant_id: null });
    // The process that was asked has ended; another one comes up.
    await deliverAll(instanceOf(mail.url, ''));
    expect(lettersTo(letters, email)).toHaveLength(1);
    expect(lettersTo(letters, email)[0]).toContain('/confirm-email/');
    expect(await people.sql`select * from outbox`).toHaveLength(0);
  });

  it('waits out a mail server that is away, but no longer than its link works', async () => {
    const account = await people.newAccount('Away');
    const anybody = await people.callerOf(null);
    await anybody.account.requestReset({ email: account.email });
    const away = instanceOf('smtp://127.0.0.1:9', '');
    expect(await away.deliver('email')).toBe(1);
    expect(await away.deliver('email')).toBe(0);
    const [row] = await people.sql`
      select fault, attempts, expires_at <= now() + interval '1 hour' as is_short from outbox`;
    expect(row).toMatchObject({ fault: 'mail_unavailable', attempts: 1, is_short: true });
    await dueNow();
    await deliverAll();
    expect(lettersTo(letters, account.email)).toHaveLength(1);
    await anybody.account.requestReset({ email: account.email });
    await people.sql`update outbox set expires_at = now()`;
    expect(await instances[0].deliver('email')).toBe(0);
    await instances[0].tidy();
    expect(await people.sql`select * from outbox`).toHaveLength(0);
  });

  it('is not written where what causes it fails', async () => {
    await people
      .serviceContext({ kind: 'system' })
      .unitOfWork.transact(async (tx) => {
        await people.identity.post.send(tx, 'x@example.test', 'en', { kind: 'password_changed' });
        throw new Error('No.');
      })
      .catch(() => undefined);
    expect(await people.sql`select * from outbox`).toHaveLength(0);
  });
});

describe('a message', () => {
  it('has one holder at a time, over many instances, and leaves once', async () => {
    await hook();
    for (let n = 0; n < 20; n += 1) await owner.caller.portal.webhook.test();
    const [a, b] = await Promise.all(instances.map((one) => one.deliver('webhook')));
    expect((a ?? 0) + (b ?? 0)).toBe(20);
    const ids = receiver.received.map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(20);
    expect(ids).toHaveLength(20);
  });

  it('whose sender died is sent by another when the lease ends, under the same id', async () => {
    await hook();
    await owner.caller.portal.webhook.test();
    const [claimed] = await people.sql`
      update outbox set attempts = 1, next_attempt_at = now() + interval '2 minutes' returning id`;
    expect(await instances[1].deliver('webhook')).toBe(0);
    await dueNow();
    expect(await instances[1].deliver('webhook')).toBe(1);
    expect(receiver.received[0]?.headers['webhook-id']).toBe(claimed?.id);
    expect(await log()).toMatchObject([{ status: 'sent', attempts: 2 }]);
  });
});

describe('a webhook', () => {
  it('is signed with the secret that was shown once, and with the new one after a rotation', async () => {
    const first = await hook();
    expect((await owner.caller.portal.budget.get()).webhook).toBe(receiver.url);
    await owner.caller.portal.webhook.test();
    await deliverAll();
    const { secret } = await owner.caller.portal.webhook.rotateSecret();
    expect(await owner.caller.portal.webhook.set({ url: `${receiver.url}?2` })).toBeNull();
    await owner.caller.portal.webhook.test();
    await deliverAll();
    const [before, after] = receiver.received;
    if (before === undefined || after === undefined) throw new Error('Nothing arrived.');
    expect([isSigned(before, first), isSigned(after, first), isSigned(after, secret)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(JSON.parse(after.body)).toMatchObject({ type: 'webhook.test', data: { tenantId } });
    const stored = await people.sql`select * from webhook_endpoint where tenant_id = ${tenantId}`;
    expect(JSON.stringify(stored)).not.toContain(secret);
  });

  it('is tried again after an error, then no more, and once more when somebody asks', async () => {
    await hook();
    await owner.caller.portal.webhook.test();
    receiver.answerNext({ status: 503 }, { status: 302, location: 'http://127.0.0.1:1/' });
    await instances[0].deliver('webhook');
    expect(await log()).toMatchObject([{ status: 'waiting', fault: 'http_503', attempts: 1 }]);
    await dueNow();
    await instances[0].deliver('webhook');
    // A redirect is not followed: nothing arrived twice.
    expect(await log()).toMatchObject([{ status: 'waiting', fault: 'redirected', attempts: 2 }]);
    for (let n = 0; n < 7; n += 1) {
      receiver.answerNext({ status: 500 });
      await dueNow();
      await instances[0].deliver('webhook');
    }
    const [failed] = await log();
    expect(failed).toMatchObject({ status: 'failed', fault: 'http_500', attempts: 9 });
    await owner.caller.portal.deliveries.redeliver({ deliveryId: failed?.id ?? '' });
    await instances[0].deliver('webhook');
    expect(await log()).toMatchObject([{ status: 'sent', attempts: 1, fault: null }]);
    expect(receiver.received).toHaveLength(10);
  });

  it('cannot be set to, nor reach, what is private and not named by the operator', async () => {
    await expect(hook('https://10.0.0.1/')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(hook('http://example.com/')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await hook();
    await owner.caller.portal.webhook.test();
    // Another instance whose operator does not name it.
    await instanceOf(mail.url, '').deliver('webhook');
    expect(await log()).toMatchObject([{ status: 'failed', fault: 'address_not_allowed' }]);
    expect(receiver.received).toEqual([]);
  });

  it('that was removed gets nothing of what waited', async () => {
    await hook();
    await owner.caller.portal.webhook.test();
    await owner.caller.portal.webhook.remove();
    await instances[0].deliver('webhook');
    expect(await log()).toMatchObject([{ status: 'failed', fault: 'no_endpoint' }]);
  });
});

describe('a budget', () => {
  it('tells of each threshold once, by mail and webhook, whoever looks first', async () => {
    const secret = await hook();
    await budget();
    await spend(499);
    expect(await check()).toBe(0);
    await spend(1);
    expect((await Promise.all([check(), check(), check()])).reduce((a, b) => a + b)).toBe(1);
    await deliverAll();
    expect(lettersTo(letters, owner.email)).toEqual([
      expect.stringMatching(/Ada & Sons has spent \$0\.0000005 .* 50 % or more/),
    ]);
    const [call] = receiver.received;
    expect(call !== undefined && isSigned(call, secret)).toBe(true);
    expect(JSON.parse(call?.body ?? '{}')).toMatchObject({
      type: 'budget.threshold_reached',
      data: { tenantId, thresholdPercent: 50, budget: '1000', spent: '500' },
    });
    expect(await check()).toBe(0);
    const page = await owner.caller.portal.budget.get();
    expect(page.spentNano).toBe('500');
    expect(
      page.budget?.thresholds.map(({ percent, reachedAt }) => [percent, reachedAt !== null]),
    ).toEqual([
      [50, true],
      [80, false],
      [100, false],
    ]);
  });

  it('that passes several thresholds at once tells of the highest', async () => {
    await budget();
    await spend(900);
    expect(await check()).toBe(1);
    await deliverAll();
    expect(lettersTo(letters, owner.email)).toEqual([expect.stringContaining('80 % or more')]);
  });

  it('of another amount tells anew; the same one again does not, nor a lower threshold added', async () => {
    await budget();
    await spend(500);
    expect(await check()).toBe(1);
    await budget({ thresholds: [20, 50] });
    expect(await check()).toBe(0);
    await budget({ amount: '600' });
    expect(await check()).toBe(1);
    await budget();
    expect(await check()).toBe(0);
  });

  it('counts this month’s days alone', async () => {
    await budget();
    await people.sql`
      insert into usage_daily (tenant_id, day, model, api_key_id, requests, amount)
      values (${tenantId}, date_trunc('month', now() at time zone 'utc')::date - 1, 'm',
        gen_random_uuid(), 1, 5000)`;
    expect(await check()).toBe(0);
    expect((await owner.caller.portal.budget.get()).spentNano).toBe('0');
  });

  it('writes to those who were chosen, and to who manages it when none of them is left', async () => {
    const viewer = await people.join(tenantId, 'viewer');
    await budget({ mail: 'chosen', mailTo: [viewer.id] });
    await spend(500);
    await check();
    await deliverAll();
    expect(lettersTo(letters, viewer.email)).toHaveLength(1);
    expect(lettersTo(letters, owner.email)).toHaveLength(0);
    await owner.caller.portal.members.remove({ accountId: viewer.id });
    await spend(300);
    await check();
    await deliverAll();
    expect(lettersTo(letters, viewer.email)).toHaveLength(1);
    expect(lettersTo(letters, owner.email)).toHaveLength(1);
  });

  it('is not sent again to somebody who has left', async () => {
    const viewer = await people.join(tenantId, 'viewer');
    await budget({ mail: 'chosen', mailTo: [viewer.id] });
    await spend(500);
    await check();
    await deliverAll();
    const [sent] = await log();
    const again = () => owner.caller.portal.deliveries.redeliver({ deliveryId: sent?.id ?? '' });
    await again();
    await deliverAll();
    expect(lettersTo(letters, viewer.email)).toHaveLength(2);
    await owner.caller.portal.members.remove({ accountId: viewer.id });
    await expect(again()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await log()).toMatchObject([{ status: 'sent' }]);
  });

  it('that cannot be told stops nobody else’s, and is told with the next look', async () => {
    const tenants = [tenantId, (await people.newTenant({ name: 'Next' })).id].toSorted();
    for (tenantId of tenants) {
      owner = await people.join(tenantId, 'owner');
      await budget();
      await spend(500);
    }
    const broken = tenantId === tenants[0] ? tenants[1] : tenants[0];
    await people.sql`
      create function no_alert() returns trigger language plpgsql as 'begin raise ''No.''; end'`;
    await people.sql.unsafe(`create trigger no_alert before insert on budget_alert
      for each row when (new.tenant_id = '${broken}') execute function no_alert()`);
    try {
      expect(await check()).toBe(1);
      expect(faults).toEqual([broken]);
    } finally {
      await people.sql`drop function no_alert cascade`;
    }
    expect(await check()).toBe(1);
  });

  it('of ever other amounts tells no more often than calls may be caused by hand', async () => {
    for (let amount = 1; amount <= 20; amount += 1) await budget({ amount: String(amount) });
    await expect(budget({ amount: '21' })).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await budget({ amount: '20', thresholds: [10] });
  });

  it('is seen by everybody, with no more of the webhook’s address than its host', async () => {
    await hook();
    await budget();
    const viewer = await people.join(tenantId, 'viewer');
    const page = await viewer.caller.portal.budget.get();
    expect(page).toMatchObject({ webhook: receiver.host, mayChange: false });
    expect(page.budget?.amountNano).toBe('1000');
  });

  it('goes with its tenant, and all that waits', async () => {
    await hook();
    await budget();
    await owner.caller.portal.webhook.test();
    await owner.caller.portal.tenant.delete({ typedName: 'Ada & Sons' });
    const [row] = await people.sql`select
      (select count(*) from tenant_budget where tenant_id = ${tenantId})::int as budgets,
      (select count(*) from webhook_endpoint where tenant_id = ${tenantId})::int as webhooks,
      (select count(*) from outbox where tenant_id = ${tenantId})::int as waiting`;
    expect(row).toEqual({ budgets: 0, webhooks: 0, waiting: 0 });
  });
});
