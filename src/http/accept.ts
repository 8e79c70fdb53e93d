/** What the client would like a reply to be: Accept (RFC 9110 §12.5.1). */

export interface MediaRange {
  /** Lower case: a media type, or one with `*` in it. */
  readonly type: string;
  /** Names in lower case, values without quotes; `q` is not among them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Weight between 0, not acceptable, and 1. */
  readonly quality: number;
}

const RANGE = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g;
const PARAMETER = /;\s*([^\s=;]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g;

/** The media ranges of an Accept header, the best liked first, else in the order sent; none for no header. */
export function parseAccept(header: string | undefined): readonly MediaRange[] {
  const ranges = header?.match(RANGE)?.map(parseMediaRange) ?? [];
  return ranges.filter(({ type }) => type !== '').sort((a, b) => b.quality - a.quality);
}

/** A media type with its parameters, as in Accept or Content-Type. */
export function parseMediaRange(text: string): MediaRange {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, bare] of text.matchAll(PARAMETER)) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '');
  }
  const quality = Number(parameters.get('q') ?? 1);
  parameters.delete('q');
  return {
    type: text.split(';')[0]?.trim().toLowerCase() ?? '',
    parameters,
    quality: quality >= 0 && quality <= 1 ? quality : 1,
  };
}

/**
 * How much a client wants a media type, from 0 (not at all) to 1, by the most specific range that fits; 1 where it says
 * nothing. `type` is in lower case and without parameters.
 */
export function acceptance(header: string | undefined, type: string): number {
  if (header === undefined || header.trim() === '') return 1;
  let best = { specificity: -1, quality: 0 };
  for (const range of parseAccept(header)) {
    const specificity = specificityOf(range.type, type);
    if (specificity > best.specificity) best = { specificity, quality: range.quality };
  }
  return best.quality;
}

/** -1 where the range does not fit. */
function specificityOf(range: string, type: string): number {
  if (range === type) return 2;
  if (range === `${type.split('/')[0]}/*`) return 1;
  return range === '*/*' || range === '*' ? 0 : -1;
}
