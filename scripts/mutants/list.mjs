// @ts-check
import { GATEWAY } from './gateway.mjs';
import { LUA } from './lua.mjs';
import { POSTGRES } from './postgres.mjs';
import { STORES } from './stores.mjs';

export const MUTANTS = [...LUA, ...POSTGRES, ...STORES, ...GATEWAY];
