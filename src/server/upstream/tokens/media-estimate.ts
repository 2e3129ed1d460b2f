/** Tokens of what is not text: what it likely costs, and the most that it can. */
export interface MediaTokens {
  readonly likely: number;
  /** Infinity: nothing but the model's window bounds it. */
  readonly most: number;
}

/** OpenAI's general models: 85 for a small copy, and eight tiles of 170 at most for a large one. */
const IMAGE_LOW_TOKENS = 85;
const IMAGE_HIGH_TOKENS = 1445;
/**
 * The dearest family that OpenAI documents: gpt-4o-mini takes 2,833 for an image and 5,667 for each
 * of at most eight tiles. What counts in patches stays below 10,000 patches at 2.46 tokens.
 */
const IMAGE_LOW_TOKENS_MAX = 2_833;
const IMAGE_HIGH_TOKENS_MAX = 2_833 + 8 * 5_667;
/** Ten tokens a second, and no speech below 4,000 bytes a second. */
const AUDIO_BYTES_PER_TOKEN = 400;
const FILE_BYTES_PER_TOKEN = 4;
/** A file that we see only the name of. */
const FILE_TOKENS_MIN = 1445;

/**
 * Tokens of a content part that is not text; undefined: not such a part. Few bytes can be hours of
 * sound or thousands of pages, so nothing of sound or a file tells how much it can cost; and only
 * OpenAI itself is known to heed `detail`.
 */
export function mediaTokens(
  part: Readonly<Record<string, unknown>>,
  isOpenAi: boolean,
): MediaTokens | undefined {
  switch (part.type) {
    case 'image_url':
      return imageTokens(field(part.image_url, 'detail'), isOpenAi);
    case 'input_image':
    case 'image':
      return imageTokens(part.detail, isOpenAi);
    case 'input_audio':
    case 'audio': {
      const bytes = base64Bytes(field(part.input_audio ?? part.audio, 'data'));
      return { likely: Math.ceil(bytes / AUDIO_BYTES_PER_TOKEN), most: Number.POSITIVE_INFINITY };
    }
    case 'file':
    case 'input_file': {
      const bytes = base64Bytes(field(part.file ?? part, 'file_data'));
      const likely = Math.max(FILE_TOKENS_MIN, Math.ceil(bytes / FILE_BYTES_PER_TOKEN));
      return { likely, most: Number.POSITIVE_INFINITY };
    }
    default:
      return undefined;
  }
}

function imageTokens(detail: unknown, isOpenAi: boolean): MediaTokens {
  const isLow = detail === 'low';
  return {
    likely: isLow ? IMAGE_LOW_TOKENS : IMAGE_HIGH_TOKENS,
    most: isLow && isOpenAi ? IMAGE_LOW_TOKENS_MAX : IMAGE_HIGH_TOKENS_MAX,
  };
}

function base64Bytes(data: unknown): number {
  return typeof data === 'string' ? (data.length * 3) / 4 : 0;
}

function field(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined;
}

/** True for a JSON object: neither null nor an array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
