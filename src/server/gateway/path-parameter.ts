/** What of a path follows its prefix, decoded where it can be. */
export function pathParameter(path: string, prefix: string): string {
  const encoded = path.slice(prefix.length);
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
