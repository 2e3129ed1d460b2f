import { describe, expect, it } from 'vitest';
import { ACTIONS, may, mayManage } from '@/server/domain/permissions';
import { ROLES } from '@/server/domain/ports/sign-in';

const allowed = (role: (typeof ROLES)[number]) => ACTIONS.filter((action) => may(role, action));

describe('what a role may do', () => {
  it('grows from viewer to owner, and an owner may do everything', () => {
    const sets = [...ROLES].reverse().map(allowed);
    for (const [index, set] of sets.entries()) {
      expect(sets[index + 1] ?? ACTIONS).toEqual(expect.arrayContaining([...set]));
    }
    expect(allowed('owner')).toEqual([...ACTIONS]);
  });

  it('is as the documentation says', () => {
    expect(allowed('admin')).toEqual(
      ACTIONS.filter((action) => !['tenant.delete', 'owners.manage'].includes(action)),
    );
    expect(allowed('member')).toEqual(['tenant.read', 'members.read', 'keys.own']);
    expect(allowed('viewer')).toEqual(['tenant.read', 'members.read']);
  });

  it('lets only an owner make or unmake an owner', () => {
    for (const role of ROLES) expect(mayManage(role, 'owner')).toBe(role === 'owner');
    expect(mayManage('admin', 'admin')).toBe(true);
    expect(mayManage('member', 'viewer')).toBe(false);
  });
});
