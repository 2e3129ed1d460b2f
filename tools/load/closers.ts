/** What was started, to be ended in the reverse order. */
export class Closers {
  private readonly ends: (() => unknown)[] = [];
  private closing: Promise<void> | null = null;

  add(end: () => unknown): void {
    this.ends.push(end);
  }

  /** Ends all of it, once; whoever asks again waits for the same end. */
  readonly close = (): Promise<void> => {
    this.closing ??= this.endAll();
    return this.closing;
  };

  private async endAll(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
  }
}
