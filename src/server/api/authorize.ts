import { bearerEquals } from '../security/bearer';

/** Whether the request carries the admin token; unset: never. */
export const isOperator = (headers: Headers, adminToken: string | undefined): boolean =>
  adminToken !== undefined &&
  adminToken !== '' &&
  bearerEquals(headers.get('authorization'), adminToken);
