'use client';

import { useState } from 'react';
import { Facts, Part } from '@/components/data/receipt/facts';
import { Timestamp } from '@/components/data/timestamp';
import { useT } from '@/components/i18n/provider';
import { CopyButton } from '@/components/ui/copy-button';
import { Drawer } from '@/components/ui/drawer';
import type { ActivityChange, ActivityView } from '@/server/services/portal/list-activity';
import { browserText } from './browser-text';
import { actionText, actorText } from './words';

/** One entry whole: who, when, from where, and each field as it was and as it is. */
export function EntryDrawer(props: { entry: ActivityView | null; onClose: () => void }) {
  const t = useT();
  const { entry, onClose } = props;
  // While it slides away it still shows what it showed.
  const [shown, setShown] = useState(entry);
  if (entry !== null && entry !== shown) setShown(entry);
  return (
    <Drawer
      open={entry !== null}
      onClose={onClose}
      title={shown === null ? '' : actionText(shown.action, t)}
      lead={shown?.targetName ?? shown?.action}
    >
      {shown === null ? null : <Entry entry={shown} />}
    </Drawer>
  );
}

function Entry({ entry }: { entry: ActivityView }) {
  const t = useT();
  const { actor, changes, userAgent } = entry;
  return (
    <>
      <Part title={t('activity.entry')}>
        <Facts
          facts={[
            { name: t('activity.time'), value: <Timestamp iso={entry.at} /> },
            { name: t('activity.actor'), value: actorText(actor, t) },
            { name: t('members.email'), value: actor.kind === 'account' ? actor.email : null },
            { name: t('activity.address'), value: entry.address },
            {
              name: t('activity.browser'),
              value:
                userAgent === null ? null : (
                  <span title={userAgent}>{browserText(userAgent, t)}</span>
                ),
            },
            {
              name: t('activity.target'),
              value: (
                <span className="flex items-center justify-end">
                  <code className="min-w-0 break-all font-mono text-sm">{entry.target}</code>
                  <CopyButton text={entry.target} className="-my-2 -mr-2" />
                </span>
              ),
            },
          ]}
        />
      </Part>
      {changes.length === 0 ? null : (
        <Part title={t('activity.changes')}>
          <ul className="space-y-3">
            {changes.map((change) => (
              <Change key={change.field} change={change} />
            ))}
          </ul>
        </Part>
      )}
    </>
  );
}

function Change({ change }: { change: ActivityChange }) {
  const t = useT();
  const { field, before, after } = change;
  return (
    <li>
      <p className="font-mono text-ink-2 text-sm">{field}</p>
      {before === null ? null : (
        <p className="break-all rounded-sm bg-danger-soft px-2 py-1 font-mono text-sm">
          <span className="sr-only">{t('activity.before')}: </span>
          <span aria-hidden="true">− </span>
          {before}
        </p>
      )}
      {after === null ? null : (
        <p className="mt-0.5 break-all rounded-sm bg-accent-soft px-2 py-1 font-mono text-sm">
          <span className="sr-only">{t('activity.after')}: </span>
          <span aria-hidden="true">+ </span>
          {after}
        </p>
      )}
    </li>
  );
}
