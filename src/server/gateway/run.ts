import type { CancelSignal } from '../domain/cancellation';
import type { Exchange } from './exchange';
import type { OpenRecord } from './record';
import type { Caller, GatewayPorts } from './types';

/** One request under way, as its steps pass it on. */
export interface Run {
  readonly ports: GatewayPorts;
  readonly exchange: Exchange;
  readonly record: OpenRecord;
  readonly caller: Caller;
  /** Aborts when the client goes away or the process must stop. */
  readonly signal: CancelSignal;
  /** Says that nothing of the request is under way any more. */
  readonly release: () => void;
}
