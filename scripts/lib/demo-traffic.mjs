// @ts-check
import { Refusal } from './messages.mjs';

/** @typedef {import('./quickstart.mjs').Quickstart} Quickstart */
/**
 * @typedef {object} Request
 * @property {string} model
 * @property {string} key
 * @property {number} words of the prompt
 * @property {object} script what the simulator does
 * @property {string} [traceId]
 * @property {boolean} [stream]
 */

const AT_ONCE = 8;

/**
 * Puts the demo tenant into the middle of its day: two keys, limits, charges, a voided request, and a
 * stream that stays open until the signal ends it.
 * @param {Quickstart} quickstart
 * @param {AbortSignal} signal
 */
export async function makeDemoTraffic(quickstart, signal) {
  const { bot, nightly } = await setUp(quickstart);
  const read = async (/** @type {Request} */ request) => (await send(quickstart, request)).text();
  const bulk = Array.from({ length: 176 }, (_, i) => ({
    model: 'sim-standard',
    key: i % 3 === 0 ? nightly : bot,
    words: 200 + ((i * 71) % 2_600),
    script: answer(300 + ((i * 137) % 1_900)),
    stream: i % 2 === 0,
  }));
  for (let from = 0; from < bulk.length; from += AT_ONCE) {
    await Promise.all(bulk.slice(from, from + AT_ONCE).map(read));
  }
  for (const request of lately(bot, nightly)) await read(request);
  const open = { model: 'sim-standard', key: bot, words: 905, script: answer(4_000, 25) };
  const reply = await send(
    quickstart,
    { ...open, traceId: 'ticket-58117-reply-1', stream: true },
    signal,
  );
  reply.text().catch(() => undefined);
}

/** @param {string} bot @param {string} nightly @returns {Request[]} what the top of the list shows */
function lately(bot, nightly) {
  const standard = { model: 'sim-standard', key: bot };
  const fast = { model: 'sim-fast', key: bot };
  return [
    { ...standard, key: nightly, stream: true, words: 2_720, script: answer(534) },
    { ...fast, traceId: 'ticket-58111-triage', words: 412, script: answer(96) },
    { ...standard, stream: true, words: 1_090, script: answer(671) },
    { ...standard, key: nightly, traceId: 'digest-2026-w47', words: 2_310, script: answer(1_204) },
    { ...fast, traceId: 'ticket-58112-reply-1', stream: true, words: 640, script: answer(388) },
    { ...fast, traceId: 'ticket-58114-triage', words: 120, script: { status: 400 } },
    { ...standard, stream: true, words: 1_480, script: answer(812) },
    {
      ...{ model: 'sim-reasoning', key: bot, traceId: 'ticket-58112-reply-2', stream: true },
      ...{ words: 702, script: answer(456) },
    },
  ];
}

/** @param {number} outputTokens @param {number} [perTokenMs] */
const answer = (outputTokens, perTokenMs = 0) => ({ outputTokens, ttftMs: 0, perTokenMs });

/** @param {Quickstart} quickstart */
async function setUp({ portalUrl, adminToken, tenantId }) {
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
  const admin = async (
    /** @type {string} */ method,
    /** @type {string} */ where,
    /** @type {object} */ body,
  ) => {
    const init = { method, headers, body: JSON.stringify(body) };
    const reply = await fetch(`${portalUrl}/api/admin/v1/${where}`, init);
    if (!reply.ok) throw new Refusal(`${method} ${where} failed: ${await reply.text()}`);
    return reply.json();
  };
  const tenant = `tenants/${tenantId}`;
  await admin('PATCH', tenant, { name: 'Acme Robotics', dailyLimit: 500, monthlyLimit: 12_000 });
  const invoice = { traceId: 'invoice-2207', note: 'Invoice 2207' };
  await admin('POST', `${tenant}/credits`, { amount: '45000000000', kind: 'topup', ...invoice });
  await admin('PUT', 'models/sim-standard', { inputPrice: '2500', outputPrice: '10000' });
  const makeKey = async (/** @type {string} */ name) =>
    String((await admin('POST', `${tenant}/keys`, { name })).key);
  return { bot: await makeKey('Support bot'), nightly: await makeKey('Nightly summaries') };
}

/** @param {Quickstart} quickstart @param {Request} request @param {AbortSignal} [signal] */
function send({ baseUrl }, { model, key, words, script, traceId, stream = false }, signal) {
  const content = `[[sim: ${JSON.stringify(script)}]] ${'and so on '.repeat(words / 3)}`;
  const messages = [{ role: 'user', content }];
  return fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      ...(traceId ? { 'x-trace-id': traceId } : {}),
    },
    body: JSON.stringify({ model, stream, max_tokens: 4_000, messages }),
    ...(signal ? { signal } : {}),
  });
}
