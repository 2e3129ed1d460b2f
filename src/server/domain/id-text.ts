/** What the text of an id says; nothing here makes one, so that the browser can use it too. */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TRACE_ID = /^[A-Za-z0-9._:-]{1,128}$/;

export const isUuid = (text: string): boolean => UUID.test(text);
export const isTraceId = (text: string): boolean => TRACE_ID.test(text);

/** The instant that a UUIDv7 of ours was made at. */
export const instantOfId = (id: string): Date =>
  new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
