import { z } from 'zod';
import { type InvitationView, listMembers, type MemberView } from '../../services/members/list';
import type { CsvExport } from './export';

const membersInput = z.object({});

/** Who belongs to the organisation, and who is invited to. */
export const membersCsv: CsvExport<typeof membersInput, MemberView | InvitationView> = {
  name: 'members',
  action: 'members.read',
  input: membersInput,
  head: ['status', 'email', 'name', 'role', 'since', 'invited_by', 'invitation_expires_at'],
  async *rows({ services, tenantId }) {
    const { members, invitations } = await listMembers({ ctx: services, tenantId });
    yield members;
    yield invitations;
  },
  cellsOf: (row) =>
    'since' in row
      ? ['member', row.email, row.name, row.role, row.since, null, null]
      : ['invited', row.email, null, row.role, null, row.invitedBy, row.expiresAt],
};
