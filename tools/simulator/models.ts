export interface Pace {
  /** Milliseconds to the first token, and from each to the next. */
  readonly ttftMs: number;
  readonly perTokenMs: number;
}

const standardPace: Pace = { ttftMs: 50, perTokenMs: 5 };

export const REASONING_MODEL = 'sim-reasoning';
const EMBEDDING_MODEL = 'sim-embed';
/** Answers with prebuilt bytes; costs next to nothing. */
export const BENCH_MODEL = 'sim-bench';

const paces: ReadonlyMap<string, Pace> = new Map([
  ['sim-fast', { ttftMs: 10, perTokenMs: 1 }],
  [REASONING_MODEL, { ttftMs: 150, perTokenMs: 5 }],
  [EMBEDDING_MODEL, { ttftMs: 20, perTokenMs: 0 }],
]);

const MODEL_CREATED_SECONDS = 1_767_225_600;

const modelIds = ['sim-fast', 'sim-standard', REASONING_MODEL, EMBEDDING_MODEL, BENCH_MODEL];

/** Any other name behaves like sim-standard. */
export function paceOf(model: string): Pace {
  return paces.get(model) ?? standardPace;
}

export function listModels(): object {
  return { object: 'list', data: modelIds.map(modelEntry) };
}

export function findModel(id: string): object | undefined {
  return modelIds.includes(id) ? modelEntry(id) : undefined;
}

function modelEntry(id: string): object {
  return { id, object: 'model', created: MODEL_CREATED_SECONDS, owned_by: 'tallygate-simulator' };
}
