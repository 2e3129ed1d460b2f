import type { TenantId } from '../ids';

export type Channel = 'email' | 'webhook';

export const DELIVERY_EVENTS = ['budget.threshold_reached', 'webhook.test'] as const;
export type DeliveryEvent = (typeof DELIVERY_EVENTS)[number];

export const DELIVERY_STATUSES = ['waiting', 'sent', 'failed'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

/** Something that is to leave the house. */
export interface NewMessage {
  /** Null: an account's letter, which no tenant sees. */
  readonly tenantId: TenantId | null;
  readonly channel: Channel;
  readonly event: string;
  /** For the delivery log: an address or a host. */
  readonly recipient: string | null;
  /** Encrypted. */
  readonly payload: Uint8Array;
  /** From then on it is not sent any more. */
  readonly expiresInMs: number;
}

/** A message as its tenant sees it: what became of it, never what it says. */
export interface Delivery {
  readonly id: string;
  readonly channel: Channel;
  readonly event: string;
  readonly recipient: string | null;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly fault: string | null;
  readonly createdAt: Date;
  readonly endedAt: Date | null;
}

/** What a transaction puts into the outbox, so that it leaves if and only if the rest holds. */
export interface OutboxRepository {
  /** Returns its id, which goes out with it. */
  add(message: NewMessage): Promise<string>;
  /** Newest first, older than `before`. */
  list(
    tenantId: TenantId,
    page: {
      readonly before: string | null;
      readonly limit: number;
      readonly status: DeliveryStatus | null;
    },
  ): Promise<readonly Delivery[]>;
  /** Sends an ended one once more, under its id. Null: the tenant has no such one. */
  again(
    tenantId: TenantId,
    id: string,
    expiresInMs: number,
  ): Promise<Pick<Delivery, 'channel' | 'recipient'> | null>;
  /** Drops everything of a tenant. */
  clear(tenantId: TenantId): Promise<void>;
}

export interface WebhookEndpoint {
  readonly url: string;
  readonly secretSealed: Uint8Array;
}

export interface WebhookRepository {
  find(tenantId: TenantId): Promise<WebhookEndpoint | null>;
  put(tenantId: TenantId, endpoint: WebhookEndpoint): Promise<void>;
  /** False when there is none. */
  remove(tenantId: TenantId): Promise<boolean>;
}

/** A message in somebody's hands until its lease ends. */
export interface Claimed {
  readonly id: string;
  /** Counts from one; whoever holds an earlier attempt changes nothing any more. */
  readonly attempt: number;
  readonly tenantId: TenantId | null;
  /** Null: it cannot be decrypted any more. */
  readonly payload: string | null;
  /** Where the tenant's webhooks go now. Null: nowhere. */
  readonly endpoint: { readonly url: string; readonly secret: string } | null;
  readonly expiresAt: Date;
}

/** The outbox as those see it who empty it: many at once, each message in one's hands at a time. */
export interface Outbox {
  /** What is due, oldest first, leased. A dead holder's lease ends by itself. */
  claim(channel: Channel, limit: number, leaseMs: number): Promise<readonly Claimed[]>;
  sent(message: Claimed): Promise<void>;
  /** Tries again in so long; null: never. */
  failed(message: Claimed, fault: string, againInMs: number | null): Promise<void>;
  /** Ends what is too old to send, and forgets what ended long ago. */
  tidy(): Promise<void>;
}

export type DeliveryOutcome =
  | { readonly kind: 'sent' }
  /** `isFinal`: no later attempt can end otherwise. */
  | { readonly kind: 'failed'; readonly fault: string; readonly isFinal: boolean };

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export interface MailSender {
  /** The id makes the letter the same one when it is sent twice. Never rejects. */
  send(id: string, mail: Mail): Promise<DeliveryOutcome>;
}

export interface WebhookCall {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  /** JSON. */
  readonly body: string;
}

export interface WebhookSender {
  /** Never rejects. */
  send(call: WebhookCall): Promise<DeliveryOutcome>;
}
