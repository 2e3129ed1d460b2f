import type { Role } from './ports/sign-in';

/** Everything in a tenant that a role may or may not do. */
export const ACTIONS = [
  'tenant.read',
  'tenant.rename',
  'tenant.delete',
  'activity.read',
  'members.read',
  'members.manage',
  'owners.manage',
  'keys.own',
  'keys.all',
  'budget.manage',
] as const;
export type Action = (typeof ACTIONS)[number];

/** The one table of who may do what. */
const MAY: Readonly<Record<Role, Readonly<Record<Action, boolean>>>> = {
  owner: {
    'tenant.read': true,
    'tenant.rename': true,
    'tenant.delete': true,
    'activity.read': true,
    'members.read': true,
    'members.manage': true,
    'owners.manage': true,
    'keys.own': true,
    'keys.all': true,
    'budget.manage': true,
  },
  admin: {
    'tenant.read': true,
    'tenant.rename': true,
    'tenant.delete': false,
    'activity.read': true,
    'members.read': true,
    'members.manage': true,
    'owners.manage': false,
    'keys.own': true,
    'keys.all': true,
    'budget.manage': true,
  },
  member: {
    'tenant.read': true,
    'tenant.rename': false,
    'tenant.delete': false,
    'activity.read': false,
    'members.read': true,
    'members.manage': false,
    'owners.manage': false,
    'keys.own': true,
    'keys.all': false,
    'budget.manage': false,
  },
  viewer: {
    'tenant.read': true,
    'tenant.rename': false,
    'tenant.delete': false,
    'activity.read': false,
    'members.read': true,
    'members.manage': false,
    'owners.manage': false,
    'keys.own': false,
    'keys.all': false,
    'budget.manage': false,
  },
};

export const may = (role: Role, action: Action): boolean => MAY[role][action];

/** Whether `role` may give, change or take the role `of` someone else. */
export const mayManage = (role: Role, of: Role): boolean =>
  may(role, of === 'owner' ? 'owners.manage' : 'members.manage');
