import {
  type ActivityView,
  activityFilter,
  everyActivity,
} from '../../services/portal/list-activity';
import type { CsvExport } from './export';

/** The audit log as a file: a row an entry. */
export const activityCsv: CsvExport<typeof activityFilter, ActivityView> = {
  name: 'activity',
  action: 'activity.read',
  input: activityFilter,
  head: [
    'time',
    'actor',
    'actor_name',
    'actor_email',
    'action',
    'target',
    'target_name',
    'changes',
    'address',
    'user_agent',
  ],
  rows: everyActivity,
  cellsOf: ({ actor, ...entry }) => [
    entry.at,
    actor.kind === 'account' ? actor.id : actor.kind,
    actor.kind === 'account' ? actor.name : null,
    actor.kind === 'account' ? actor.email : null,
    entry.action,
    entry.target,
    entry.targetName,
    JSON.stringify(entry.changes),
    entry.address,
    entry.userAgent,
  ],
};
