/** What kind of content a client wants: Accept (RFC 9110 §12.5.1). */

/**
 * How much a client wants a media type, from 0 (not at all) to 1, by the most specific range that fits; 1 where it says
 * nothing. `type` is in lower case and without parameters.
 */
export function acceptance(header: string | undefined, type: string): number {
  if (header === undefined || header.trim() === '') return 1;
  let best = { specificity: -1, quality: 0 };
  for (const range of header.split(',')) {
    const [name = '', ...params] = range.split(';').map((part) => part.trim().toLowerCase());
    const specificity = specificityOf(name, type);
    if (specificity > best.specificity) best = { specificity, quality: qualityOf(params) };
  }
  return best.quality;
}

/** -1 where the range does not fit. */
function specificityOf(range: string, type: string): number {
  if (range === type) return 2;
  if (range === `${type.split('/')[0]}/*`) return 1;
  return range === '*/*' || range === '*' ? 0 : -1;
}

function qualityOf(params: readonly string[]): number {
  const value = params.find((param) => /^q *=/.test(param))?.split('=')[1];
  const quality = Number(value ?? 1);
  return quality >= 0 && quality <= 1 ? quality : 1;
}
