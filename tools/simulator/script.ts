import { z } from 'zod';

const millis = z.number().min(0).max(86_400_000);
const tokenCount = z.int().min(0).max(200_000);

/** What one request is told to do. Every field is optional; README.md says what each does. */
export const scriptSchema = z.strictObject({
  // The answer
  text: z.string().max(4_000_000).optional(),
  outputTokens: tokenCount.optional(),
  language: z.enum(['en', 'zh', 'code']).optional(),
  reasoningTokens: tokenCount.optional(),
  cachedTokens: tokenCount.optional(),
  // Its pace
  ttftMs: millis.optional(),
  perTokenMs: millis.optional(),
  // Lies about usage
  noUsage: z.boolean().optional(),
  usage: z.unknown().optional(),
  usageRaw: z.string().max(10_000).optional(),
  usageInLastChoiceChunk: z.boolean().optional(),
  // Errors instead of an answer
  status: z.int().min(200).max(599).optional(),
  errorBody: z.unknown().optional(),
  headers: z.record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string()).optional(),
  redirect: z.string().optional(),
  closeBeforeHeaders: z.boolean().optional(),
  dropAfterHeaders: z.boolean().optional(),
  // Breaking off
  dieAfterTokens: tokenCount.optional(),
  hangAfterTokens: tokenCount.optional(),
  errorAfterTokens: tokenCount.optional(),
  noDone: z.boolean().optional(),
  // Rubbish on the wire
  rubbishAfterTokens: tokenCount.optional(),
  rubbish: z.enum(['sse', 'json', 'utf8', 'nulls', 'oversized', 'all']).optional(),
  rubbishBytes: z.int().min(1).max(64_000_000).optional(),
  crOnlyLineEnds: z.boolean().optional(),
  crlf: z.boolean().optional(),
  contentType: z.string().optional(),
  // How the bytes are cut
  chunkBytes: z.int().min(1).max(1_000_000).optional(),
  coalesce: z.union([z.boolean(), z.int().min(1).max(100_000)]).optional(),
});

export type Script = z.infer<typeof scriptSchema>;

/** A script that cannot be read; the message says why. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** @throws ScriptError naming the first wrong field */
export function parseScript(json: string): Script {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new ScriptError('the script is not valid JSON');
  }
  const parsed = scriptSchema.safeParse(value);
  if (!parsed.success) throw new ScriptError(z.prettifyError(parsed.error));
  return parsed.data;
}

const DIRECTIVE_START = '[[sim:';
const DIRECTIVE_END = ']]';

/** The script inside `[[sim: {…}]]`, wherever it stands in the text. */
export function inlineScript(text: string): Script | undefined {
  const start = text.indexOf(DIRECTIVE_START);
  if (start < 0) return undefined;
  const from = start + DIRECTIVE_START.length;
  // The JSON itself may contain "]]": the end is the last one that parses.
  const end = text.lastIndexOf(DIRECTIVE_END);
  if (end < from) throw new ScriptError('the directive is not closed by ]]');
  return parseScript(text.slice(from, end));
}

/** The text without its directive: what the answer is about. */
export function withoutDirective(text: string): string {
  const start = text.indexOf(DIRECTIVE_START);
  const end = text.lastIndexOf(DIRECTIVE_END);
  if (start < 0 || end < start) return text;
  return text.slice(0, start) + text.slice(end + DIRECTIVE_END.length);
}
