import { KEY_QUOTA_TYPES } from '@/server/domain/quota';

/** The twins of `include/integers.lua` and `include/words.lua`: what a script takes as an argument. */
const EXACT_MAX = Number.MAX_SAFE_INTEGER;
const NANO_MAX = 9_000_000_000_000_000;
const INTEGER = /^(?:0|-?[1-9]\d*)$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MONTH = /^\d{4}-\d{2}$/;
const ID = /^[A-Za-z0-9._:-]+$/;

export function expectThat(isGood: boolean, name: string): void {
  if (!isGood) throw new Error(`BADARG ${name}`);
}

export function integer(value: string | undefined, name: string): number {
  if (value === undefined || value.length > 17 || !INTEGER.test(value)) {
    throw new Error(`BADARG ${name}`);
  }
  const number = Number(value);
  expectThat(Math.abs(number) <= EXACT_MAX, name);
  return number;
}

export function natural(value: string | undefined, name: string): number {
  const number = integer(value, name);
  expectThat(number >= 0 && number <= NANO_MAX, name);
  return number;
}

export function duration(value: string | undefined, name: string): number {
  const number = natural(value, name);
  expectThat(number !== 0, name);
  return number;
}

/** '' and an absent field stand for "no limit". */
export const limit = (value: string | null | undefined, name: string): number | null =>
  value === null || value === undefined || value === '' ? null : natural(value, name);

export const isDay = (value: string): boolean => DAY.test(value);
export const isMonth = (value: string): boolean => MONTH.test(value);
export const isId = (value: string): boolean => ID.test(value);
export const isFlag = (value: string): boolean => value === '0' || value === '1';
export const isQuotaType = (value: string): boolean =>
  KEY_QUOTA_TYPES.some((type) => type === value);
export const areQuotaTypes = (value: string): boolean =>
  value === '' || value.split(',').every(isQuotaType);

export function isPeriodOf(quotaType: string, value: string): boolean {
  if (value === '') return true;
  if (quotaType.startsWith('daily_')) return isDay(value);
  return quotaType.startsWith('monthly_') && isMonth(value);
}

export const text = (number: number): string => number.toFixed(0);

export function negated(value: string): string {
  if (value.startsWith('-')) return value.slice(1);
  return value === '0' ? value : `-${value}`;
}

/** The words of one call, read in order or by their place as Lua counts them, from 1. */
export class Words {
  constructor(private readonly words: readonly string[]) {}

  get count(): number {
    return this.words.length;
  }

  /** The word at a place; '' where Lua would find nil, which no check lets pass. */
  at(place: number): string {
    return this.words[place - 1] ?? '';
  }
}
