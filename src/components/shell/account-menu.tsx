'use client';

import { ChevronsUpDown, CircleUserRound, Users } from 'lucide-react';
import Link from 'next/link';
import { TENANT_COOKIE } from '@/server/api/tenant-cookie';
import { useT } from '../i18n/provider';
import { Menu, MenuChoices, MenuLink, MenuSeparator } from '../ui/menu';
import { rememberPreference } from './theme';

export interface AccountMenuProps {
  readonly email: string;
  readonly tenantId: string;
  readonly tenants: readonly { readonly id: string; readonly name: string }[];
}

/** A full load, so that nothing of the other organisation stays in this tab. */
function switchTo(tenantId: string): void {
  rememberPreference(TENANT_COOKIE, tenantId);
  window.location.assign('/');
}

/** Whose figures these are, and the way to one's other organisations and the account. */
export function AccountMenu({ email, tenantId, tenants }: AccountMenuProps) {
  const t = useT();
  const name = tenants.find((tenant) => tenant.id === tenantId)?.name ?? '';
  return (
    <Menu
      align="start"
      trigger={
        <button
          type="button"
          className="flex h-9 max-w-full items-center gap-2 rounded-md px-2 text-left transition-colors hover:bg-sunken md:h-auto md:w-full md:px-2.5 md:py-2"
        >
          <span className="sr-only">{t('account.menu')}: </span>
          <span className="hidden min-w-0 flex-1 md:block">
            <span className="block truncate font-medium">{name}</span>
            <span className="block truncate text-ink-2 text-sm">{email}</span>
          </span>
          <span className="max-w-48 truncate font-medium md:hidden">{name}</span>
          <ChevronsUpDown className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
        </button>
      }
    >
      {tenants.length < 2 ? null : (
        <>
          <MenuChoices
            label={t('account.organisations')}
            value={tenantId}
            onChange={switchTo}
            choices={tenants.map((tenant) => ({ value: tenant.id, label: tenant.name }))}
          />
          <MenuSeparator />
        </>
      )}
      <MenuLink icon={Users} link={<Link href="/members" />}>
        {t('nav.members')}
      </MenuLink>
      <MenuLink icon={CircleUserRound} link={<Link href="/account" />}>
        {t('account.title')}
      </MenuLink>
    </Menu>
  );
}
