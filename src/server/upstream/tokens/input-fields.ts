/** Fields of a chat request that put nothing into the prompt, or are counted by themselves. */
const NO_INPUT: ReadonlySet<string> = new Set([
  ...['messages', 'tools', 'functions', 'response_format', 'prediction'],
  ...['model', 'stream', 'stream_options', 'max_tokens', 'max_completion_tokens', 'n', 'stop'],
  ...['temperature', 'top_p', 'top_k', 'min_p', 'seed', 'logprobs', 'top_logprobs', 'logit_bias'],
  ...['presence_penalty', 'frequency_penalty', 'repetition_penalty'],
  ...['tool_choice', 'function_call', 'parallel_tool_calls', 'modalities', 'audio'],
  ...['reasoning_effort', 'verbosity', 'service_tier', 'store', 'metadata', 'user'],
  ...['safety_identifier', 'prompt_cache_key', 'prompt_cache_retention'],
]);

/** The upstream looks something up, and may bill what it reads. */
const SEARCHES: ReadonlySet<string> = new Set([
  'web_search_options',
  'search_parameters',
  'plugins',
]);

/**
 * What a field beside the messages adds to a chat request's input: nothing beyond what is counted,
 * as much as the window takes, or, as a vendor's own field may hold documents, perhaps its text.
 */
export function inputOf(field: string): 'none' | 'unbounded' | 'unknown' {
  if (NO_INPUT.has(field)) return 'none';
  return SEARCHES.has(field) ? 'unbounded' : 'unknown';
}
