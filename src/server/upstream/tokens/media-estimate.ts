/**
 * What images, sound and files cost as input. Their size in tokens is the upstream's secret, so
 * these are estimates on the high side for OpenAI's general models.
 */
const IMAGE_LOW_TOKENS = 85;
/** The most that a scaled image can have: 85 and eight tiles of 170. */
const IMAGE_HIGH_TOKENS = 1445;
/** Ten tokens a second, and no speech below 4,000 bytes a second. */
const AUDIO_BYTES_PER_TOKEN = 400;
const FILE_BYTES_PER_TOKEN = 4;
/** A file that we see only the name of. */
const FILE_TOKENS_MIN = 1445;

/** Estimated tokens of a content part that is not text; undefined: not such a part. */
export function mediaTokens(part: Readonly<Record<string, unknown>>): number | undefined {
  switch (part.type) {
    case 'image_url':
    case 'input_image':
    case 'image':
      return isLowDetail(part) || isLowDetail(part.image_url)
        ? IMAGE_LOW_TOKENS
        : IMAGE_HIGH_TOKENS;
    case 'input_audio':
    case 'audio':
      return Math.ceil(
        base64Bytes(field(part.input_audio ?? part.audio, 'data')) / AUDIO_BYTES_PER_TOKEN,
      );
    case 'file':
    case 'input_file': {
      const bytes = base64Bytes(field(part.file ?? part, 'file_data'));
      return Math.max(FILE_TOKENS_MIN, Math.ceil(bytes / FILE_BYTES_PER_TOKEN));
    }
    default:
      return undefined;
  }
}

function isLowDetail(value: unknown): boolean {
  return field(value, 'detail') === 'low';
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
