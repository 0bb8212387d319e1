// Turns text into search words, the same for every archive: Chinese, Japanese and Korean by two-character pieces, the rest by word.

/** Only this much of a content can be searched, in UTF-16 units. */
export const SEARCHED_CONTENT_MAX = 500;

const WORD = String.raw`[\p{L}\p{M}\p{N}]`;
const CJK = String.raw`[[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]&&${WORD}]`;
const RUNS = new RegExp(`(${CJK}+)|[${WORD}--${CJK}]+`, 'gv');

/**
 * The words of a push as they are indexed, joined by one space: without case, nothing but letters, marks and digits. A run of
 * CJK characters becomes its overlapping pairs and its last character: 系统维护 → 系统 统维 维护 护.
 */
export function searchText(title: string | undefined, content: string): string {
  const words: string[] = [];
  for (const [run, cjk] of runs(`${title ?? ''}\n${content.slice(0, SEARCHED_CONTENT_MAX)}`))
    if (cjk === undefined) words.push(folded(run));
    else words.push(...pairs(run), lastOf(run));
  return words.join(' ');
}

/** What to look for: `words` one after the other; with `prefix` an indexed word need only begin with the last of them. */
export interface SearchPhrase {
  words: string[];
  prefix: boolean;
}

/**
 * The phrase for a query; undefined when it has no letter or digit. CJK characters at its end may go on in the text found, so
 * their last one is no word of its own: 维护 looks for the pair alone, 维 for words that begin with it.
 */
export function searchPhrase(query: string): SearchPhrase | undefined {
  const words: string[] = [];
  const found = [...runs(query)];
  if (found.length === 0) return undefined;
  for (const [index, [run, cjk]] of found.entries()) {
    if (cjk === undefined) {
      words.push(folded(run));
      continue;
    }
    const open = index === found.length - 1;
    const before = words.length;
    words.push(...pairs(run));
    if (open && words.length > before) continue;
    words.push(lastOf(run));
    if (open) return { words, prefix: true };
  }
  return { words, prefix: false };
}

/** Whether an indexed text has the phrase: what an index answers, for few texts looked at one by one. */
export function hasPhrase(indexed: string, { words, prefix }: SearchPhrase): boolean {
  return ` ${indexed} `.includes(` ${words.join(' ')}${prefix ? '' : ' '}`);
}

/** Unbroken runs of letters and digits: [run, run if it is CJK]. Full-width and composed forms count as the plain ones. */
function runs(text: string): RegExpStringIterator<RegExpExecArray> {
  return text.normalize('NFKC').matchAll(RUNS);
}

/** Without case: by way of upper case, so that ß and SS, ς and Σ are the same. */
function folded(word: string): string {
  return word.toUpperCase().toLowerCase();
}

function pairs(run: string): string[] {
  const found: string[] = [];
  let before = '';
  for (const character of run) {
    if (before !== '') found.push(before + character);
    before = character;
  }
  return found;
}

/** The last character, which may take two UTF-16 units. */
function lastOf(run: string): string {
  const unit = run.charCodeAt(run.length - 1);
  return run.slice(unit >= 0xdc00 && unit <= 0xdfff ? -2 : -1);
}
