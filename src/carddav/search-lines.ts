import { Slices } from '../slices.ts';
import type { SyncToken } from '../store/types.ts';
import { SearchTexts } from './search-texts.ts';

/** Cards described by one line. */
const CHUNK = 1000;
const NEWLINE = 10;

interface Head {
  /** Of what makes texts of cards. */
  readonly words: string;
  /** Up to where the texts are those of the book. */
  readonly token: SyncToken;
  readonly cards: number;
}

/** [name, octets of its text, 1 if it says more] */
type Card = readonly [string, number, 0 | 1];

/** The texts of a book as bytes: a line for the head, lines with a thousand cards each, then all texts in that order. */
export async function writeTexts(version: string, token: SyncToken, texts: SearchTexts): Promise<Uint8Array> {
  const slices = new Slices();
  const cards = [...texts];
  const head: Head = { words: version, token, cards: cards.length };
  const lines = [JSON.stringify(head)];
  for (let i = 0; i < cards.length; i += CHUNK) {
    const chunk = cards
      .slice(i, i + CHUNK)
      .map(([name, text, cut]): Card => [name, text.length, cut ? 1 : 0]);
    lines.push(JSON.stringify(chunk));
    if (slices.over) await slices.pause();
  }
  return Buffer.concat([Buffer.from(`${lines.join('\n')}\n`), ...cards.map(([, text]) => text)]);
}

/** What `writeTexts` wrote; undefined where it was another version, or is damaged. */
export async function readTexts(
  bytes: Uint8Array,
  version: string,
): Promise<{ readonly token: SyncToken; readonly texts: SearchTexts } | undefined> {
  const slices = new Slices();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = new SearchTexts();
  let at = 0;
  const line = () => {
    const end = buffer.indexOf(NEWLINE, at);
    const text = buffer.toString('utf8', at, end < 0 ? buffer.length : end);
    at = end < 0 ? buffer.length : end + 1;
    return JSON.parse(text);
  };
  try {
    const head: Head = line();
    if (head.words !== version) return undefined;
    const cards: Card[] = [];
    while (cards.length < head.cards) {
      cards.push(...(line() as Card[]));
      if (slices.over) await slices.pause();
    }
    for (const [name, octets, cut] of cards) {
      if (at + octets > buffer.length) return undefined;
      texts.put(name, buffer.subarray(at, at + octets), cut === 1);
      at += octets;
      if (slices.over) await slices.pause();
    }
    return { token: head.token, texts };
  } catch {
    return undefined;
  }
}
