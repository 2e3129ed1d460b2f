/** The disk of one machine: it outlives the processes on it. Files of complete records, by name. */
export class Disk {
  readonly files = new Map<string, readonly string[]>();
  isFull = false;
  /** Its whole machine is away: no process starts on it. */
  isAway = false;
  private written = 0;

  /** Gives the file's name. */
  write(lines: readonly string[]): string {
    if (this.isFull) throw new Error('ENOSPC');
    this.written += 1;
    const name = `file-${this.written}`;
    this.files.set(name, lines);
    return name;
  }

  /** Forgets one record of a file; the others keep their places. */
  strike(name: string, line: number): void {
    const lines = this.files.get(name);
    if (lines === undefined) return;
    const left = lines.map((record, at) => (at === line ? '' : record));
    if (left.some((record) => record !== '')) this.files.set(name, left);
    else this.files.delete(name);
  }
}
