// The command that is meant comes first, whichever language it is asked for in.
import { expect, test } from 'vitest';
import { fits } from './fuzzy.ts';

const COMMANDS = [
  { label: 'Send', keywords: 'send message new push 发送消息 fsxx fasong' },
  { label: 'History', keywords: 'messages search log 消息记录 xxjl xiaoxi jilu' },
  { label: 'Ring & nodes', keywords: 'hash ketama 哈希环与节点 hxh hxhyjd jiedian' },
  { label: 'Apps & credentials', keywords: 'secret key token 应用与凭证 yyypz yingyong pingzheng' },
];

function first(query: string): string | undefined {
  const found = COMMANDS.map(({ label, keywords }) => ({ label, score: fits(query, label, keywords) }));
  return found.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score)[0]?.label;
}

test.each([
  ['send', 'Send'],
  ['发送', 'Send'],
  ['fsxx', 'Send'],
  ['xxjl', 'History'],
  ['hist', 'History'],
  ['节点', 'Ring & nodes'],
  ['nodes', 'Ring & nodes'],
  ['ketma', 'Ring & nodes'],
  ['secret', 'Apps & credentials'],
  ['pingz', 'Apps & credentials'],
  ['app cred', 'Apps & credentials'],
])('%s finds %s', (query, label) => {
  expect(first(query)).toBe(label);
});

test('what fits nowhere finds nothing', () => {
  expect(first('qqq')).toBeUndefined();
  expect(first('send qqq')).toBeUndefined();
});
