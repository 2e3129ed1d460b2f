interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface GroupCommitOptions<Item, Result> {
  /** Writes all items in one transaction; results in the items' order. Whole or not at all. */
  readonly flush: (items: readonly Item[]) => Promise<readonly Result[]>;
  readonly batchMax: number;
  /** Items about one thing never share a flush: the later one has to see what the earlier one did. */
  readonly subjectOf: (item: Item) => string;
  /** Whether an error blames one item of the batch, so that halving it finds the culprit. */
  readonly isItemFault: (error: unknown) => boolean;
}

/**
 * Shares one transaction among all that wait while another flush is under way. A flush starts as
 * soon as the previous one is back: no timer, so a lone item never waits.
 */
export class GroupCommit<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private isFlushing = false;

  constructor(private readonly options: GroupCommitOptions<Item, Result>) {}

  /** Resolves once the item is durable; rejects with what the flush threw. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.isFlushing) {
        this.isFlushing = true;
        // One turn later: what arrives in the same tick shares the first flush too.
        queueMicrotask(() => void this.drain());
      }
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) {
      await this.write(this.waiting.splice(0, this.nextBatchSize()));
    }
    this.isFlushing = false;
  }

  private nextBatchSize(): number {
    const subjects = new Set<string>();
    for (const { item } of this.waiting) {
      const subject = this.options.subjectOf(item);
      if (subjects.size === this.options.batchMax || subjects.has(subject)) break;
      subjects.add(subject);
    }
    return subjects.size;
  }

  private async write(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.options.flush(batch.map((entry) => entry.item));
      batch.forEach((entry, index) => {
        const result = results[index];
        if (result === undefined) entry.reject(new Error('A flush lost a result'));
        else entry.resolve(result);
      });
    } catch (error) {
      if (batch.length === 1 || !this.options.isItemFault(error)) {
        for (const entry of batch) entry.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await this.write(batch.slice(0, middle));
      await this.write(batch.slice(middle));
    }
  }
}
