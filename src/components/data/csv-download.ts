/** How far a download has come. */
export interface CsvProgress {
  readonly rows: number;
  readonly bytes: number;
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
/** What is held in memory before the browser may put it on its disk. */
const PART_BYTES = 8 * 1024 * 1024;

/** Counts the lines of a CSV that comes in pieces; a line break within quotes is part of a cell. */
export function createLineCounter(): (piece: Uint8Array) => number {
  let isQuoted = false;
  let lines = 0;
  return (piece) => {
    for (const byte of piece) {
      if (byte === QUOTE) isQuoted = !isQuoted;
      else if (byte === LINE_FEED && !isQuoted) lines += 1;
    }
    return lines;
  };
}

/**
 * Fetches a CSV of any size, telling how far it is, and hands it to the browser as a file. Rejects where
 * the server refuses, or the stream breaks off: half a file is never saved. Ends by `signal`.
 */
export async function downloadCsv(
  url: string,
  fileName: string,
  signal: AbortSignal,
  onProgress: (progress: CsvProgress) => void,
): Promise<CsvProgress> {
  const reply = await fetch(url, { signal });
  if (!reply.ok || reply.body === null) throw new Error(`The export was refused: ${reply.status}`);
  const countLines = createLineCounter();
  const parts: Blob[] = [];
  let held: Uint8Array<ArrayBuffer>[] = [];
  let heldBytes = 0;
  let progress: CsvProgress = { rows: 0, bytes: 0 };
  const reader = reply.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    held.push(piece.value);
    heldBytes += piece.value.byteLength;
    if (heldBytes >= PART_BYTES) {
      parts.push(new Blob(held));
      held = [];
      heldBytes = 0;
    }
    // The first line is the head.
    const rows = Math.max(0, countLines(piece.value) - 1);
    progress = { rows, bytes: progress.bytes + piece.value.byteLength };
    onProgress(progress);
  }
  save(new Blob([...parts, ...held], { type: 'text/csv;charset=utf-8' }), fileName);
  return progress;
}

function save(file: Blob, fileName: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken hold of it by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
