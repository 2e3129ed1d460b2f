import { describe, expect, it } from 'vitest';
import { safePath } from '@/app/(auth)/safe-path';
import {
  formatCount,
  formatDuration,
  formatInstant,
  formatMoney,
  usdParts,
} from '@/components/ui/format';
import { chooseLocale, messagesOf, translator } from '@/messages';
import { en } from '@/messages/en';
import { zhCN } from '@/messages/zh-CN';

const t = translator(en);

describe('money on the page', () => {
  it('is exact to the billionth, with thousands in groups', () => {
    expect(formatMoney('1234567000000001')).toBe('$1,234,567.000000001');
    expect(formatMoney('-44550')).toBe('−$0.00004455');
    expect(formatMoney('0')).toBe('$0.00');
    expect(formatMoney('9000000000000000')).toBe('$9,000,000.00');
  });

  it('sets the cents apart from what is beyond them', () => {
    expect(usdParts('4999955450')).toEqual({ sign: '', main: '$4.99', rest: '995545' });
    expect(usdParts('500000000', true)).toEqual({ sign: '+', main: '$0.50', rest: '' });
    expect(usdParts('0', true).sign).toBe('');
  });
});

describe('figures on the page', () => {
  it('group thousands and keep integers beyond 2⁵³', () => {
    expect(formatCount(999)).toBe('999');
    expect(formatCount(16_931)).toBe('16,931');
    expect(formatCount(9_007_199_254_740_993n)).toBe('9,007,199,254,740,993');
  });

  it('tell instants in UTC, as billing does', () => {
    expect(formatInstant('2026-11-23T23:59:59.999Z')).toBe('2026-11-23 23:59:59');
  });

  it('tell how long in the two largest units, never zero', () => {
    expect(formatDuration(0, t)).toBe('1 min');
    expect(formatDuration(59 * 60_000, t)).toBe('59 min');
    expect(formatDuration(60 * 60_000, t)).toBe('1 h');
    expect(formatDuration((14 * 60 + 34) * 60_000, t)).toBe('14 h 34 min');
    expect(formatDuration((7 * 24 * 60 + 25) * 60_000, t)).toBe('7 d');
    expect(formatDuration((7 * 24 + 2) * 3_600_000, translator(zhCN))).toBe('7 天 2 小时');
  });
});

describe('languages', () => {
  it('have the same sentences with the same placeholders', () => {
    const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    expect(Object.keys(zhCN).sort()).toEqual(Object.keys(en).sort());
    for (const [key, text] of Object.entries(en)) {
      const other: Readonly<Record<string, string>> = zhCN;
      expect(placeholders(other[key] ?? ''), key).toEqual(placeholders(text));
    }
  });

  it('are chosen by the user first, then by what the browser accepts', () => {
    expect(chooseLocale('zh-CN', 'en')).toBe('zh-CN');
    expect(chooseLocale(undefined, 'zh-TW,zh;q=0.9,en;q=0.8')).toBe('zh-CN');
    expect(chooseLocale(undefined, 'fr-FR, en-GB;q=0.8, zh;q=0.5')).toBe('en');
    expect(chooseLocale('<script>', 'fr')).toBe('en');
    expect(chooseLocale(undefined, null)).toBe('en');
  });

  it('fill in values as text, whatever they hold', () => {
    expect(t('overview.left', { count: 3 })).toBe('3 left');
    expect(t('keys.models', { list: '{list} $& $1' })).toBe('Models: {list} $& $1');
    expect(messagesOf('zh-CN')['nav.keys']).toBe('密钥');
  });
});

describe('the way back after signing in', () => {
  it('stays on this site', () => {
    expect(safePath('/keys?x=1')).toBe('/keys?x=1');
    for (const away of [
      undefined,
      '',
      'keys',
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      'javascript:alert(1)',
    ]) {
      expect(safePath(away), String(away)).toBe('/');
    }
  });
});
