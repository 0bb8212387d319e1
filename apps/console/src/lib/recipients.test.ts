// The uids of a file are those of its column, and what is too long or broken is no uid.
import { PUSH_LIMITS } from '@message-push/protocol/limits';
import { expect, test } from 'vitest';
import { isUid, uidsOfFile } from './recipients.ts';

test.each([
  ['1\n2\r\n3\n', ['1', '2', '3']],
  ['\uFEFFuid\n1\n2', ['1', '2']],
  ['name,uid,city\n张三,57098049,上海\nb,"57098056",x', ['57098049', '57098056']],
  ['57098049,张三\n57098056,李四', ['57098049', '57098056']],
  ['user_id;n\n7;1', ['7']],
  ['1, 2;3 4', ['1', '2', '3', '4']],
  ['', []],
])('%j', (text, uids) => {
  expect(uidsOfFile(text)).toEqual(uids);
});

test('a uid has 1 to 64 characters and no NUL', () => {
  expect(isUid('👍'.repeat(PUSH_LIMITS.uidCharsMax))).toBe(true);
  for (const bad of ['', 'x'.repeat(PUSH_LIMITS.uidCharsMax + 1), 'a\0b', '\ud83d']) expect(isUid(bad)).toBe(false);
});
