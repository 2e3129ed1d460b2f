import { readFileSync } from 'node:fs';
import { test as base, expect, type Page } from '@playwright/test';
import OpenAI from 'openai';
import { z } from 'zod';
import { lettersTo } from './mail-server';

const quickstartSchema = z.object({
  baseUrl: z.url(),
  portalUrl: z.url(),
  adminToken: z.string(),
  email: z.email(),
  password: z.string(),
  tenantId: z.uuid(),
  apiKey: z.string().startsWith('tg-'),
});
export type Quickstart = z.infer<typeof quickstartSchema>;

const readQuickstart = (): Quickstart => {
  const text = readFileSync(process.env.E2E_QUICKSTART ?? '', 'utf8');
  const quickstart = quickstartSchema.parse(JSON.parse(text));
  return { ...quickstart, portalUrl: new URL(quickstart.portalUrl).origin };
};

const tenantSchema = z.object({ balance: z.string(), available: z.string(), dailyUsed: z.int() });

/** Playwright's test, with what `npm start` printed and pages relative to the portal. */
export const test = base.extend<{ product: Quickstart; tenant: () => Promise<Tenant> }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures a fixture needs from here.
  product: async ({}, use) => use(readQuickstart()),
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures a fixture needs from here.
  baseURL: async ({}, use) => use(readQuickstart().portalUrl),
  tenant: async ({ product, request }, use) =>
    use(async () => {
      const reply = await request.get(`/api/admin/v1/tenants/${product.tenantId}`, {
        headers: { authorization: `Bearer ${product.adminToken}` },
      });
      return tenantSchema.parse(await reply.json());
    }),
});
export type Tenant = z.infer<typeof tenantSchema>;
export { expect };

export const PAGES = [
  '/',
  '/keys',
  '/transactions',
  '/usage',
  '/members',
  '/activity',
  '/account',
  '/limits',
  '/limits/refusals',
  '/models',
] as const;

/** The link of the newest letter to an address; waits for it to arrive. */
export async function linkMailedTo(address: string, page: string): Promise<string> {
  const pattern = new RegExp(`http://[^\\s]+/${page}/[A-Za-z0-9_-]{43}`);
  const found = () =>
    lettersTo(process.env.E2E_LETTERS ?? '', address)
      .toReversed()
      .map((text) => pattern.exec(text)?.[0])
      .find((link) => link !== undefined);
  await expect.poll(found, { message: `a letter to ${address}` }).toBeDefined();
  return found() ?? '';
}

/** An address that nobody has used. */
export const newAddress = (name: string): string =>
  `${name}-${Date.now()}-${Math.floor(Math.random() * 1e6)}@example.test`;

export async function signIn(page: Page, product: Quickstart): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Email').fill(product.email);
  await page.getByLabel('Password').fill(product.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
}

/** One real streamed request with the printed key; returns what was streamed. */
export async function streamOnce(product: Quickstart, traceId: string): Promise<string> {
  const client = new OpenAI({ baseURL: product.baseUrl, apiKey: product.apiKey, maxRetries: 0 });
  const stream = await client.chat.completions.create(
    { model: 'sim-fast', stream: true, messages: [{ role: 'user', content: 'Count to five.' }] },
    { headers: { 'x-trace-id': traceId } },
  );
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

/** What the browser complained about: errors of scripts, and anything that the CSP refused. */
export function watchComplaints(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}
