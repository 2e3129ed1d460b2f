import { randomBytes } from 'node:crypto';

const SNIPPET = 60;

/** Secrets that no output may hold, each unlike anything else, by what it is. */
export class Canaries {
  private readonly planted = new Map<string, string>();

  /** A new secret under this name. */
  plant(name: string, prefix = ''): string {
    return this.add(name, `${prefix}canary${randomBytes(12).toString('hex')}`);
  }

  /** One that was made elsewhere. */
  add(name: string, value: string): string {
    if (value.length < 6) throw new Error(`${name} is too short to be told from chance`);
    this.planted.set(name, value);
    return value;
  }

  /** Which of them stand in a text, with what stands before them; but for those named. */
  foundIn(text: string, ...allowed: string[]): string[] {
    return [...this.planted].flatMap(([name, value]) => {
      const at = allowed.includes(name) ? -1 : text.indexOf(value);
      return at < 0 ? [] : [`${name}: …${text.slice(Math.max(0, at - SNIPPET), at)}`];
    });
  }
}
