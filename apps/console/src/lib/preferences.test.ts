// What a cookie holds can't break a page: anything unknown becomes its default.
import { expect, test } from 'vitest';
import { readPreferences } from './preferences.ts';

const read = (cookies: Record<string, string>) => readPreferences((name) => cookies[name]);

test('without cookies: the defaults, and the zone is to be asked for', () => {
  expect(read({})).toEqual({
    zone: 'UTC',
    zoneKnown: false,
    theme: 'system',
    density: 'comfortable',
    shortcuts: true,
    narrowNav: false,
    lastRole: undefined,
  });
});

test('what was chosen is kept', () => {
  const cookies = {
    zone: 'Asia/Shanghai',
    theme: 'dark',
    density: 'compact',
    shortcuts: 'off',
    nav: 'narrow',
    role: 'owner',
  };
  expect(read(cookies)).toEqual({
    zone: 'Asia/Shanghai',
    zoneKnown: true,
    theme: 'dark',
    density: 'compact',
    shortcuts: false,
    narrowNav: true,
    lastRole: 'owner',
  });
});

test('nonsense becomes the default', () => {
  const cookies = { zone: 'Moon/Crater', theme: '<script>', density: '', shortcuts: '1', nav: '1', role: 'root' };
  expect(read(cookies)).toEqual(read({}));
});
