/** What becomes of one message. */
export interface Fate {
  /** Until the server has it; null: it never does. */
  readonly requestMs: number;
  readonly isRequestLost: boolean;
  readonly replyMs: number;
  readonly isReplyLost: boolean;
  /** When the server gets it a second time; null: it does not. */
  readonly echoMs: number | null;
  /** When the client sees the connection break after a loss; null: it waits in silence. */
  readonly resetMs: number | null;
}
