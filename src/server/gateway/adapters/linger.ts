/** How long the rest of an unread body is thrown away: closed at once, the reply would be lost. */
export const LINGER_MS = 5_000;
