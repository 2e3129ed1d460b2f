import type { MessageKey, Translate } from '@/messages/translate';
import type { ActivityActor } from '@/server/domain/ports/portal';

type Known = Extract<MessageKey, `activity.did.${string}`>;

/** What can be looked for, in the order of the list. */
export const ACTIONS = [
  'key.create',
  'key.update',
  'key.rotate',
  'key.end_overlap',
  'key.disable',
  'key.enable',
  'key.revoke',
  'invitation.create',
  'invitation.revoke',
  'invitation.accept',
  'member.set_role',
  'member.remove',
  'member.leave',
  'budget.set',
  'budget.remove',
  'webhook.set',
  'webhook.rotate_secret',
  'webhook.test',
  'webhook.remove',
  'delivery.redeliver',
  'credit.topup',
  'credit.adjustment',
  'credit.refund',
  'tenant.create',
  'tenant.sign_up',
  'tenant.rename',
  'tenant.update',
  'tenant.delete',
  'bootstrap.demo',
] as const;

const WORDS: ReadonlyMap<string, Known> = new Map(
  ACTIONS.map((action) => [action, `activity.did.${action}`]),
);

/** What was done; one that has no words here is shown by its code. */
export function actionText(action: string, t: Translate): string {
  const key = WORDS.get(action);
  return key === undefined ? action : t(key);
}

/** Who did it. */
export function actorText(actor: ActivityActor, t: Translate): string {
  if (actor.kind !== 'account') return t(`activity.actor.${actor.kind}`);
  return actor.name ?? t('activity.actor.gone');
}
