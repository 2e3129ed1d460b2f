import { describe, expect, it } from 'vitest';
import { githubAddresses } from '@/server/auth/github';
import { providedIdentity } from '@/server/auth/providers';

const PUBLIC = {};
const octocat = { id: 583_231, login: 'octocat', name: 'The Octocat', email: 'Octo@Example.com' };
const ada = { sub: '1098', name: 'Ada', email: 'Ada@Example.com', email_verified: true };

describe('who somebody is at another house', () => {
  it('is its id there and its confirmed address in small letters', () => {
    expect(providedIdentity(PUBLIC, 'github', octocat)).toEqual({
      provider: 'github',
      subject: '583231',
      verifiedEmail: 'octo@example.com',
      name: 'The Octocat',
    });
    expect(providedIdentity(PUBLIC, 'google', ada)).toEqual({
      provider: 'google',
      subject: '1098',
      verifiedEmail: 'ada@example.com',
      name: 'Ada',
    });
  });

  it('has no address where that is not confirmed, or not one that we could write to', () => {
    const emailOf = (provider: string, profile: object) =>
      providedIdentity(PUBLIC, provider, profile).verifiedEmail;
    expect(emailOf('google', { ...ada, email_verified: false })).toBeNull();
    expect(emailOf('github', { ...octocat, email: null })).toBeNull();
    for (const email of ['', 'nonsense', `${'x'.repeat(250)}@example.com`]) {
      expect(emailOf('github', { ...octocat, email })).toBeNull();
      expect(emailOf('google', { ...ada, email })).toBeNull();
    }
  });

  it('has no address that is another’s once it is in small letters', () => {
    // The Kelvin sign: a letter of its own, whose small letter is k.
    for (const [provider, profile] of [
      ['github', octocat],
      ['google', ada],
    ] as const) {
      const identity = providedIdentity(PUBLIC, provider, {
        ...profile,
        email: '\u212Aate@e.test',
      });
      expect(identity.verifiedEmail).toBeNull();
    }
  });

  it('has a name that we would take from anybody, or that of the login or the address', () => {
    const nameOf = (provider: string, profile: object) =>
      providedIdentity(PUBLIC, provider, profile).name;
    for (const name of [null, undefined, '', '  ', 'a\u0000b']) {
      expect(nameOf('github', { ...octocat, name })).toBe('octocat');
      expect(nameOf('google', { ...ada, name })).toBe('Ada@Example.com');
    }
    expect(nameOf('github', { ...octocat, name: ' Octo ' })).toBe('Octo');
    expect(nameOf('google', { ...ada, name: 'x'.repeat(300) })).toBe('x'.repeat(200));
  });

  it('is another one at another GitHub, which counts its people from 1 too', () => {
    const env = { GITHUB_BASE_URL: 'https://git.example.com' };
    const subjects = [PUBLIC, env, { GITHUB_BASE_URL: 'https://acme.ghe.com' }].map(
      (where) => providedIdentity(where, 'github', octocat).subject,
    );
    expect(subjects).toEqual(['583231', 'git.example.com/583231', 'acme.ghe.com/583231']);
    const same = { GITHUB_BASE_URL: 'https://github.com/' };
    expect(providedIdentity(same, 'github', octocat).subject).toBe('583231');
  });

  it.each([
    ['github', { ...octocat, id: undefined }],
    ['google', { ...ada, sub: undefined }],
    ['google', { ...ada, email_verified: 'true' }],
    ['elsewhere', ada],
  ])('is nobody where %s sends %j', (provider, profile) => {
    expect(() => providedIdentity(PUBLIC, provider, profile)).toThrow();
  });
});

describe('the addresses of GitHub', () => {
  it.each([
    [undefined, 'https://github.com', 'https://api.github.com'],
    [
      'https://git.example.com:8443/x',
      'https://git.example.com:8443',
      'https://git.example.com:8443/api/v3',
    ],
    ['https://acme.ghe.com', 'https://acme.ghe.com', 'https://api.acme.ghe.com'],
    [
      'https://ghe.com.evil.example',
      'https://ghe.com.evil.example',
      'https://ghe.com.evil.example/api/v3',
    ],
  ])('of GITHUB_BASE_URL=%s', (given, web, api) => {
    const env = given === undefined ? {} : { GITHUB_BASE_URL: given };
    expect(githubAddresses(env)).toMatchObject({ web, api });
  });
});
