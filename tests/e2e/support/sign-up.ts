import type { Page } from '@playwright/test';
import { expect, linkMailedTo } from './product';

export const PASSWORD = 'four words nobody else joins';

/** Signs up, and confirms the address by the letter; ends signed in. */
export async function signUp(page: Page, email: string, name: string): Promise<void> {
  await page.goto('/sign-up');
  await page.getByLabel('Your name or your organisation’s').fill(name);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByText('Look into your mailbox')).toBeVisible();
  await page.goto(await linkMailedTo(email, 'confirm-email'));
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('heading', { name: 'Overview', level: 1 })).toBeVisible();
}
