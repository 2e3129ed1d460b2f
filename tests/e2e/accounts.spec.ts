import type { Browser, Page } from '@playwright/test';
import { expect, linkMailedTo, newAddress, signIn, test } from './support/product';
import { PASSWORD, signUp } from './support/sign-up';

const overview = (page: Page) => page.getByRole('heading', { name: 'Overview', level: 1 });

async function signInAs(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(overview(page)).toBeVisible();
}

/** Somebody else's browser, who takes up an invitation with a new account. */
async function guestOf(browser: Browser, link: string, name: string): Promise<Page> {
  const page = await (await browser.newContext({ locale: 'en-US' })).newPage();
  await page.goto(link);
  await page.getByLabel('Your name or your organisation’s').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account and join' }).click();
  await expect(overview(page)).toBeVisible();
  return page;
}

async function invite(page: Page, email: string, role: string): Promise<string> {
  await page.goto('/members');
  await page.getByRole('button', { name: 'Invite' }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  await dialog.getByLabel('Email').fill(email);
  await dialog.getByLabel('Role').selectOption({ label: role });
  await dialog.getByRole('button', { name: 'Send invitation' }).click();
  await expect(page.getByText(`An invitation is on its way to ${email}.`)).toBeVisible();
  return await linkMailedTo(email, 'invitation');
}

/** The page may be on its way to the sign-in by itself, which breaks a visit off. */
async function expectSignedOut(page: Page, path: string): Promise<void> {
  await expect(async () => {
    await page.goto(path);
    expect(new URL(page.url()).pathname).toBe('/sign-in');
  }).toPass();
}

test('signing up, the letter’s link, and in: an own organisation with its trial credit', async ({
  page,
}) => {
  const email = newAddress('ada');
  await signUp(page, email, 'Ada & Sons');
  await expect(
    page.getByRole('button', { name: /Organisation and account: ?Ada & Sons/ }),
  ).toBeVisible();
  await expect(page.getByRole('main').getByText('$1.00').first()).toBeVisible();
  await page.goto('/transactions');
  await expect(page.getByText('Top-up').filter({ visible: true }).first()).toBeVisible();
});

test('an invited viewer is offered nothing that the server refuses; a new role counts at once', async ({
  page,
  product,
  browser,
}) => {
  await signIn(page, product);
  const email = newAddress('vera');
  const guest = await guestOf(browser, await invite(page, email, 'Viewer'), 'Vera');
  await guest.goto('/members');
  await expect(guest.getByText('Vera', { exact: true })).toBeVisible();
  for (const name of ['Invite', 'Delete organisation', 'Save name']) {
    await expect(guest.getByRole('button', { name })).toHaveCount(0);
  }
  await expect(guest.getByRole('combobox')).toHaveCount(0);
  const asked = () =>
    guest.request.post('/api/trpc/portal.invitations.create', {
      data: { email: newAddress('x'), role: 'viewer' },
    });
  expect((await asked()).status()).toBe(403);
  await page.goto('/members');
  await page.getByRole('combobox', { name: 'Role of Vera' }).selectOption({ label: 'Admin' });
  await expect(page.getByText('Vera is now: Admin.')).toBeVisible();
  expect((await asked()).status()).toBe(200);
  await page.getByRole('button', { name: 'More about Vera' }).click();
  await page.getByRole('menuitem', { name: 'Remove from the organisation' }).click();
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /Remove/ })
    .click();
  await expect(page.getByText('Vera is no member any more.')).toBeVisible();
  expect((await asked()).status()).toBe(401);
  await guest.context().close();
});

test('one account in two organisations switches between them, and deletes its own by name', async ({
  page,
  product,
  browser,
}) => {
  const email = newAddress('two');
  await signUp(page, email, 'Second');
  const demo = await (await browser.newContext({ locale: 'en-US' })).newPage();
  await signIn(demo, product);
  await page.goto(await invite(demo, email, 'Member'));
  await demo.context().close();
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page.getByRole('button', { name: /Organisation and account: ?Demo/ })).toBeVisible();
  await page.getByRole('button', { name: /Organisation and account: ?Demo/ }).click();
  await page.getByRole('menuitemradio', { name: 'Second' }).click();
  await expect(
    page.getByRole('button', { name: /Organisation and account: ?Second/ }),
  ).toBeVisible();
  await page.goto('/members');
  await page.getByRole('button', { name: 'Delete organisation' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Delete Second?' });
  const act = dialog.getByRole('button', { name: 'Delete organisation' });
  await expect(act).toBeDisabled();
  await dialog.getByRole('textbox').fill('Second');
  await act.click();
  await expect(page.getByRole('button', { name: /Organisation and account: ?Demo/ })).toBeVisible();
});

test('a password set anew by a letter’s link signs every browser out', async ({
  page,
  browser,
}) => {
  const email = newAddress('lost');
  await signUp(page, email, 'Lost');
  const other = await (await browser.newContext({ locale: 'en-US' })).newPage();
  await other.goto('/sign-in');
  await other.getByRole('link', { name: 'Forgot password?' }).click();
  // The page before has a field of the same name.
  await expect(other.getByRole('heading', { name: 'Forgot your password?' })).toBeVisible();
  await other.getByLabel('Email').fill(email);
  await other.getByRole('button', { name: 'Send link' }).click();
  await expect(other.getByText(`If ${email} has an account`)).toBeVisible();
  await other.goto(await linkMailedTo(email, 'reset-password'));
  await other.getByLabel('New password').fill('another set of four words');
  await other.getByRole('button', { name: 'Set password' }).click();
  await expect(other.getByText(`The password of ${email} is set`)).toBeVisible();
  await expectSignedOut(page, '/keys');
  await signInAs(other, email, 'another set of four words');
  await other.context().close();
});

test('sessions are listed, and one is ended from another', async ({ page, browser }) => {
  const email = newAddress('here');
  await signUp(page, email, 'Here');
  const other = await (await browser.newContext({ locale: 'en-US' })).newPage();
  await other.goto('/sign-in');
  await signInAs(other, email);
  await page.goto('/account');
  await expect(page.getByText('This browser')).toBeVisible();
  const row = page.getByRole('listitem').filter({ hasText: 'Last seen' });
  await expect(row).toHaveCount(2);
  await row.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('That browser is signed out.')).toBeVisible();
  await expect(row).toHaveCount(1);
  await expectSignedOut(other, '/usage');
  await other.context().close();
});

test('dialogs and menus work by the keyboard alone', async ({ page, product }) => {
  await signIn(page, product);
  await page.goto('/members');
  const invite = page.getByRole('button', { name: 'Invite' });
  await invite.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  await expect(dialog).toBeVisible();
  for (let press = 0; press < 8; press += 1) {
    await page.keyboard.press('Tab');
    expect(await dialog.evaluate((node) => node.contains(document.activeElement))).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(invite).toBeFocused();
  await page.getByRole('button', { name: /Organisation and account/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Account', level: 1 })).toBeVisible();
});

test('a used or made-up link says so, in Chinese too', async ({ browser }) => {
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage();
  await page.goto(`/invitation/${'A'.repeat(43)}`);
  await expect(page.getByRole('heading', { name: '该邀请已失效' })).toBeVisible();
  await page.goto(`/confirm-email/${'A'.repeat(43)}`);
  await page.getByLabel('密码').fill(PASSWORD);
  await page.getByRole('button', { name: '确认' }).click();
  await expect(page.getByText('该链接已使用过或已过期。')).toBeVisible();
  await page.context().close();
});

test('a new address signs up by the button of GitHub, and in again by it', async ({ page }) => {
  for (const _ of ['up', 'in']) {
    await page.goto('/transactions');
    await page.getByRole('button', { name: 'Continue with GitHub' }).click();
    await expect(page.getByRole('heading', { name: 'Transactions', level: 1 })).toBeVisible();
    await expect(
      page.getByRole('button', { name: /Organisation and account: ?Grace/ }),
    ).toBeVisible();
    await page.context().clearCookies();
  }
});
