import { type ParseArgsConfig, parseArgs } from 'node:util';

/** As node's `parseArgs`, whose refusal names the options that there are. Throws a sentence. */
export function parseOptions<T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    const refusal = error instanceof Error ? error.message : String(error);
    const names = Object.keys(config.options ?? {}).map((name) => `--${name}`);
    throw new Error(`${refusal.replace(/\.?$/, '.')} Options: ${names.join(', ')}.`);
  }
}

/** What `read` makes of the command line; where it refuses, its sentence is printed and the process ends with 2. */
export function optionsOrExit<T>(read: (args: readonly string[]) => T): T {
  try {
    return read(process.argv.slice(2));
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}
