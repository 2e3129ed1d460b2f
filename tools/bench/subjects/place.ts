/** Where the subjects run, and what they share. */
export interface Place {
  /** The checkout; its build is what is measured. */
  readonly root: string;
  /** The Node that runs it. */
  readonly node: string;
  /** Whether its inspector listens, which costs a little. */
  readonly isProfiled: boolean;
  /** Programs that were bundled for the bench; kept between runs. */
  readonly benchDir: string;
  /** Thrown away at the end. */
  readonly dataDir: string;
  /** The simulator, as an OpenAI base URL. */
  readonly upstreamUrl: string;
  readonly cores: Cores;
  readonly gatewayEnv: Readonly<Record<string, string>>;
  apiKey(): string;
}

/** Which cores a proxy gets; null: no pinning on this machine. */
export interface Cores {
  readonly one: string | null;
  readonly two: string | null;
}

/** What the launcher chose and says in BENCH_PROXY_CORES: `3,2`, or nothing. */
export function readCores(text: string | undefined): Cores {
  if (text === undefined || text === '') return { one: null, two: null };
  return { one: text.split(',')[0] ?? null, two: text };
}
