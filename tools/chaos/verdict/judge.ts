import { MALFORMED } from '../load/client';
import { bothAwayFaults } from './both-away';
import { chargeFaults } from './charges';
import { creditFaults } from './credits';
import { type Evidence, nameOf } from './evidence';
import { islandFaults, replayFaults } from './islands';
import { limitFaults } from './limits';
import { houseLosses } from './losses';
import { purchaseFaults } from './purchases';
import { refusalFaults } from './refusals';

/** Judges one burst at rest by what clients saw, what the upstream sold and what the ledger says. */
export function judge(evidence: Evidence): string[] {
  return [
    ...purchaseFaults(evidence),
    ...replayFaults(evidence),
    ...creditFaults(evidence),
    ...chargeFaults(evidence),
    ...houseLosses(evidence).faults,
    ...bothAwayFaults(evidence),
    ...limitFaults(evidence),
    ...islandFaults(evidence),
    ...refusalFaults(evidence),
    ...evidence.seen
      .filter(({ code }) => code === MALFORMED)
      .map((one) => `D: ${nameOf(one)}: the stream is no stream of a chat completion`),
  ];
}
