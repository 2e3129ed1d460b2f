import { expect, PAGES, signIn, test } from './support/product';

test.describe('signed out', () => {
  for (const path of [...PAGES, '/no-such-page', '/keys/deep/er']) {
    test(`${path} leads to the sign-in`, async ({ page }) => {
      await page.goto(path);
      await expect(page).toHaveURL(/\/sign-in(\?|$)/);
      await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    });
  }

  test('the API reference is open to everyone', async ({ page }) => {
    const reply = await page.goto('/docs');
    expect(reply?.status()).toBe(200);
    await expect(page).toHaveURL(/\/docs\/?$/);
  });

  test('the portal’s procedures refuse, whatever page they are called from', async ({
    request,
  }) => {
    for (const procedure of ['overview', 'keys.list', 'transactions', 'usage', 'members.list']) {
      const reply = await request.get(`/api/trpc/portal.${procedure}?input=%7B%7D`);
      expect(reply.status(), procedure).toBe(401);
      expect(reply.headers()['cache-control']).toBe('no-store');
    }
  });

  test('a forged session cookie opens nothing', async ({ page, context, baseURL }) => {
    await context.addCookies([
      { name: 'next-auth.session-token', value: 'e30.e30.e30', url: baseURL ?? '' },
    ]);
    await page.goto('/keys');
    await expect(page).toHaveURL(/\/sign-in/);
  });

  test('a page is closed too when a proxy header claims the work is done', async ({ request }) => {
    const reply = await request.get('/keys', {
      headers: { 'x-middleware-subrequest': 'src/proxy:src/proxy:src/proxy:src/proxy:src/proxy' },
      maxRedirects: 0,
    });
    expect(reply.status()).toBe(307);
    expect(reply.headers().location).toContain('/sign-in');
  });
});

test.describe('signing in', () => {
  test('a wrong password and an unknown account get the same polite words', async ({
    page,
    product,
  }) => {
    const words: string[] = [];
    for (const email of [product.email, 'nobody@example.com']) {
      await page.goto('/sign-in');
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password').fill('not the password');
      await page.getByRole('button', { name: 'Sign in' }).click();
      const alert = page.getByRole('main').getByRole('alert');
      await expect(alert).toBeVisible();
      words.push((await alert.textContent()) ?? '');
      await expect(page.getByLabel('Email')).toHaveValue(email);
      await expect(page).not.toHaveURL(/password/);
    }
    expect(words[0]).toContain('do not match');
    expect(new Set(words).size).toBe(1);
  });

  test('leads back to the page that was asked for', async ({ page, product }) => {
    await page.goto('/transactions');
    await page.getByLabel('Email').fill(product.email.toUpperCase());
    await page.getByLabel('Password').fill(product.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Transactions', level: 1 })).toBeVisible();
  });

  for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example/']) {
    test(`does not lead away to ${next}`, async ({ page, product, baseURL }) => {
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
      await page.getByLabel('Email').fill(product.email);
      await page.getByLabel('Password').fill(product.password);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page).toHaveURL(`${baseURL}/`);
    });
  }

  test('works with the keyboard alone, and shows where the focus is', async ({ page, product }) => {
    await page.goto('/sign-in');
    const focusedName = () => page.evaluate(() => document.activeElement?.getAttribute('name'));
    for (let presses = 0; (await focusedName()) !== 'email' && presses < 10; presses += 1) {
      await page.keyboard.press('Tab');
    }
    const outline = await page.getByLabel('Email').evaluate((input) => {
      const { outlineStyle, outlineWidth } = getComputedStyle(input);
      return `${outlineStyle} ${outlineWidth}`;
    });
    expect(outline).toBe('solid 2px');
    await page.keyboard.type(product.email);
    await page.keyboard.press('Tab');
    await page.keyboard.type(product.password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
  });

  test('keeps the session where scripts and other sites cannot reach it', async ({
    page,
    context,
    product,
  }) => {
    await signIn(page, product);
    const cookies = await context.cookies();
    const session = cookies.find((cookie) => cookie.name.endsWith('next-auth.session-token'));
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    await page.goto('/sign-in');
    await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
  });

  test('signing out closes every page, the way back too', async ({ page, product }) => {
    await signIn(page, product);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    await page.goBack();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto('/usage');
    await expect(page).toHaveURL(/\/sign-in/);
  });

  test('an account is closed to guessing after ten attempts', async ({ page }) => {
    const email = `guess-${Date.now()}@example.com`;
    await page.goto('/sign-in');
    const alert = page.getByRole('main').getByRole('alert');
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password').fill(`guess ${attempt}`);
      const answered = page.waitForResponse('**/api/auth/callback/credentials');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await answered;
      await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled();
      await expect(alert).toContainText(attempt <= 10 ? 'do not match' : 'Too many attempts');
    }
  });
});
