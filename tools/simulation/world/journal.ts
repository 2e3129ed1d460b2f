const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Longer lines tell more than anyone reads. */
const LINE_MAX = 400;

/** What happened, line by line; written only when someone will read it. */
export class Journal {
  private readonly lines: string[] = [];
  private readonly names = new Map<string, string>();

  constructor(
    readonly isKept: boolean,
    private readonly now: () => number,
  ) {}

  /** Gives an id a name to be read by. */
  name(id: string, name: string): void {
    this.names.set(id, name);
  }

  say(text: () => string): void {
    if (!this.isKept) return;
    const at = new Date(Math.floor(this.now())).toISOString().slice(5, 23).replace('T', ' ');
    const line = this.named(text());
    this.lines.push(`${at}  ${line.length > LINE_MAX ? `${line.slice(0, LINE_MAX)}…` : line}`);
  }

  /** A text with its ids named. */
  named(text: string): string {
    return text.replace(UUID, (id) => this.nameOf(id));
  }

  text(): string {
    return this.lines.join('\n');
  }

  private nameOf(id: string): string {
    let name = this.names.get(id);
    if (name === undefined) {
      name = `#${this.names.size + 1}`;
      this.names.set(id, name);
    }
    return name;
  }
}
