const PREFIX = /^(?:\/api)?\/v1(?=\/|$)/;

/** Whether a request target belongs to the gateway: `/api/v1/…`, or its alias `/v1/…`. */
export const isGatewayPath = (target: string): boolean => PREFIX.test(target);

/** The path without its prefix, query and trailing slash: the alias names the same resource. */
export function gatewayPath(target: string): string {
  const end = target.indexOf('?');
  const path = (end === -1 ? target : target.slice(0, end)).replace(PREFIX, '');
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}
