/** Entity tags of conditional requests (RFC 9110 §8.8.3, §13.1). */

/** A quoted tag, or one without quotes (Outlook CalDav Synchronizer can be set so), weak or not. */
const ENTITY_TAG = /(?:W\/)?(?:"([^"]*)"|([^\s",]+))/g;

/** What compressing proxies append to a tag (nextcloud/server#28140). */
const COMPRESSED = /-(?:gzip|br|zstd|deflate)$/;

/**
 * Reads an If-Match or If-None-Match header.
 *
 * Returns the tags without quotes and `W/`, '*', or undefined where there is no such header. A tag that ends like a
 * compressing proxy's comes twice, as it is and without that end, since a hash may end so by chance. A header without
 * any tag is an empty list, which matches nothing: a client that meant a condition isn't answered as if it had sent none.
 */
export function parseEtags(header: string | undefined): readonly string[] | '*' | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return '*';
  return Array.from(header.matchAll(ENTITY_TAG), ([, quoted, bare]) => quoted ?? bare ?? '').flatMap((tag) =>
    COMPRESSED.test(tag) ? [tag, tag.replace(COMPRESSED, '')] : [tag],
  );
}
