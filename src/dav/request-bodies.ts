import { type Element, parseXml } from './xml.ts';

/** Clients poll with the same few bodies for ever, so their trees are kept. */
const keptBodies = 256;
const keptOctets = 2048;

/** Reads request bodies as `parseXml` does, and remembers short ones; elements are immutable, so they can be shared. */
export function bodyReader(): (body: Uint8Array) => Element | undefined {
  const kept = new Map<string, Element | undefined>();
  return (body) => {
    if (body.length > keptOctets) return parseXml(body);
    const key = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
    const known = kept.get(key);
    if (known) return known;
    const root = parseXml(body);
    kept.set(key, root);
    const oldest = kept.keys().next();
    if (kept.size > keptBodies && !oldest.done) kept.delete(oldest.value);
    return root;
  };
}
