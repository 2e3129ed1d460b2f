/** Pieces of TypeScript that read like an answer with code in it. */
export const codeSlots: Readonly<Record<string, readonly string[]>> = {
  name: ['total', 'count', 'items', 'result', 'index', 'value', 'record', 'buffer'],
  type: ['number', 'string', 'bigint', 'Date', 'boolean'],
  verb: ['read', 'parse', 'merge', 'collect', 'format', 'split', 'find'],
  noun: ['Rows', 'Lines', 'Prices', 'Events', 'Tokens', 'Names', 'Pages'],
  size: ['8', '16', '64', '100', '256', '1024'],
};

export const codeTemplates: readonly string[] = [
  'export function {verb}{noun}({name}: {type}[]): {type} | undefined {\n  return {name}.at(-1);\n}\n',
  'const {name} = {verb}{noun}(input, { limit: {size} });\n',
  'for (const {name} of {verb}{noun}(source)) {\n  if ({name} === null) continue;\n  output.push({name});\n}\n',
  'if ({name}.length > {size}) {\n  throw new RangeError(String({name}.length));\n}\n',
  '// Keep at most {size}, newest first.\nlet {name}: {type}[] = [];\n',
  'await Promise.all({name}.map(({ id }) => {verb}{noun}(id)));\n',
];
