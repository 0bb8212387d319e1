// A reason is told apart whether it comes alone or with what is to be said about the case.
import { expect, test } from 'vitest';
import { REASONS, RECORDED_REASONS, type ReasonCode, readReason, reasonText } from './reasons.ts';

test('each sentence is read back as its code, alone and with a detail', () => {
  for (const [code, sentence] of Object.entries(REASONS) as [ReasonCode, string][]) {
    expect(readReason(sentence)).toEqual({ code });
    expect(readReason(reasonText(code, 'envelope: is not JSON'))).toEqual({ code, detail: 'envelope: is not JSON' });
  }
});

test('a sentence of no table has no code', () => {
  for (const text of ['', 'inbox', 'inbox fuller', 'the disk is full: inbox full'])
    expect(readReason(text)).toBe(undefined);
});

test('what no receipt carries is none of the recorded reasons', () => {
  expect(RECORDED_REASONS).not.toContain('time_over');
  expect(new Set(RECORDED_REASONS).size).toBe(RECORDED_REASONS.length);
});
