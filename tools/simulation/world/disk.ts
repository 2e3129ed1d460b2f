/** The disk of one machine: it outlives the processes on it. Files of complete records, by name. */
export class Disk {
  readonly files = new Map<string, readonly string[]>();
  isFull = false;
  private written = 0;

  write(lines: readonly string[]): void {
    if (this.isFull) throw new Error('ENOSPC');
    this.written += 1;
    this.files.set(`file-${this.written}`, lines);
  }
}
