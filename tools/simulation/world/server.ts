/** A store as its clients see it: there or not, and how often it came back. */
export interface Server {
  readonly name: string;
  isUp: boolean;
  /** Grows with every restart: what was sent before it is not received after it. */
  restarts: number;
}
