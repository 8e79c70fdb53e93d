import { refuse } from '../errors.ts';
import type { Exchange } from '../protocol.ts';

/** RFC 3744 §9: these reports are "only defined" for Depth 0, which is what an absent header means. @throws DavError 400 */
export function demandDepth0({ req }: Exchange): void {
  const depth = req.headers['depth']?.trim() ?? '0';
  if (depth !== '0') throw refuse(400, `this report is answered with Depth 0, not "${depth}"`);
}
