import { CSV_BOM, type CsvCell, csvLine } from './cells';

/** A table as CSV: its columns, and its rows in batches. */
export interface CsvTable<Row> {
  readonly head: readonly string[];
  readonly batches: AsyncIterable<readonly Row[]>;
  readonly cellsOf: (row: Row) => readonly CsvCell[];
}

/**
 * The bytes of a table of any size. A batch is asked for only when the reader has taken the one before;
 * a reader that leaves ends the asking. Where a batch fails, so does the stream: no file ends early and
 * looks whole.
 */
export function csvStream<Row>({
  head,
  batches,
  cellsOf,
}: CsvTable<Row>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const rows = batches[Symbol.asyncIterator]();
  let text = CSV_BOM + csvLine(head);
  let isOver = false;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A pull that brings nothing is not followed by another: an empty batch is passed over.
        do {
          const next = await rows.next();
          isOver = next.done === true;
          if (!next.done) for (const row of next.value) text += csvLine(cellsOf(row));
        } while (!isOver && text === '');
        if (text !== '') controller.enqueue(encoder.encode(text));
        text = '';
        if (isOver) controller.close();
      },
      async cancel() {
        await rows.return?.();
      },
    },
    { highWaterMark: 1 },
  );
}
