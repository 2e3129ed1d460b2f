import { z } from 'zod';
import { FAULT_KINDS } from '../world/faults';

/** What a worker is asked: to run a piece of the range, or to end after the seed it is at. */
export const toWorker = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('piece'),
    from: z.number(),
    end: z.number(),
    without: z.array(z.enum(FAULT_KINDS)),
    isVerbose: z.boolean(),
  }),
  z.object({ kind: z.literal('stop') }),
]);
export type ToWorker = z.infer<typeof toWorker>;

const seedResult = z.object({
  seed: z.number(),
  faults: z.array(z.string()),
  reached: z.array(z.string()),
  violations: z.array(z.string()),
  steps: z.number(),
  journal: z.string(),
});

/** What a worker tells: a seed's result, or that its piece is done. */
export const fromWorker = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('seed'), result: seedResult }),
  z.object({ kind: z.literal('done') }),
]);
export type FromWorker = z.infer<typeof fromWorker>;
