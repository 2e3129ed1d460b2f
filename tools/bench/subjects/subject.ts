/**
 * direct: the simulator itself. bare: Node http and undici alone. next-proxy: a Next route without
 * billing. portkey: Portkey's gateway. next: our route handlers under `next start`. ours, ours-2:
 * our self-hosted server with one and two processes. billing-off: its core without any
 * store. unobserved: our server without metrics and log.
 */
export const SUBJECT_NAMES = [
  'direct',
  'bare',
  'next-proxy',
  'portkey',
  'next',
  'billing-off',
  'ours',
  'ours-2',
  'unobserved',
] as const;
export type SubjectName = (typeof SUBJECT_NAMES)[number];

/** Those that are only measured where they are asked for. */
export const ASKED_FOR: readonly SubjectName[] = ['unobserved'];

/** Something that answers chat completions on loopback, ready for traffic. */
export interface Subject {
  readonly name: SubjectName;
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whose CPU and memory is its own, children included; null: nobody's, it is no proxy. */
  readonly pid: number | null;
  /** Where its inspector listens, when it is to be profiled. */
  readonly inspectorPort: number | null;
  close(): Promise<void>;
}

/** A subject that could not be had on this machine, and why. */
export interface Missing {
  readonly name: SubjectName;
  readonly missing: string;
}
