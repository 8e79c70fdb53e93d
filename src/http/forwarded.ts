/** Who the client is when proxies stand in between: Forwarded (RFC 7239) and X-Forwarded-*. */

import { BlockList, isIP } from 'node:net';

/** Addresses whose forwarding headers are believed; undefined: nobody's. */
export type TrustedProxies = BlockList | undefined;

export interface Peer {
  /** IP address without brackets, zone or port; 'unix' for a unix socket. */
  readonly remote: string;
  readonly secure: boolean;
}

/** The other end of a unix socket: only a proxy on this machine can be there, so it is believed. */
export const UNIX_PEER = 'unix';

/** Reads `10.0.0.0/8`, `::1`, `2001:db8::/32` … @throws RangeError that names the one which is neither address nor CIDR. */
export function parseTrustedProxies(list: readonly string[]): TrustedProxies {
  if (list.length === 0) return undefined;
  const trusted = new BlockList();
  for (const entry of list) {
    const [address = '', prefix, ...rest] = entry.split('/');
    const version = isIP(address);
    const bits = version === 4 ? 32 : 128;
    const length = prefix === undefined ? bits : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (version === 0 || rest.length > 0 || !(length <= bits)) {
      throw new RangeError(`"${entry}" is neither an IP address nor a range like 10.0.0.0/8`);
    }
    trusted.addSubnet(address, length, version === 4 ? 'ipv4' : 'ipv6');
  }
  return trusted;
}

/**
 * The client behind the connection of `peer`. Headers count only where `peer` is a trusted proxy; then the list is
 * walked from the nearest hop outwards, and the first address that isn't a trusted proxy is the client.
 */
export function clientOf(
  peer: Peer,
  headers: Readonly<Record<string, string | undefined>>,
  trusted: TrustedProxies,
): Peer {
  if (!isTrusted(peer.remote, trusted)) return peer;
  let client = peer;
  for (const hop of hops(headers)) {
    const secure = hop.proto === undefined ? client.secure : hop.proto === 'https';
    client = { remote: hop.for ?? client.remote, secure };
    if (hop.for === undefined || !isTrusted(hop.for, trusted)) break;
  }
  return client;
}

/** Others can read along on the way to the peer, as far as is known here. */
export function isExposed({ remote, secure }: Peer, trusted: TrustedProxies): boolean {
  return !secure && !isTrusted(remote, trusted) && !/^(?:127\.|::1$)/.test(remote);
}

/** IPv4 addresses that came in over an IPv6 socket in their usual form. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}

interface Hop {
  /** undefined where the hop hides it (`unknown`, `_secret`) or it can't be read. */
  readonly for: string | undefined;
  readonly proto: string | undefined;
}

function isTrusted(address: string, trusted: TrustedProxies): boolean {
  if (address === UNIX_PEER) return true;
  return trusted?.check(address, address.includes(':') ? 'ipv6' : 'ipv4') ?? false;
}

/** Nearest hop first. Forwarded goes before X-Forwarded-*, as the only one of them with a standard. */
function hops(headers: Readonly<Record<string, string | undefined>>): Hop[] {
  const forwarded = headers['forwarded'];
  if (forwarded !== undefined) return forwarded.split(',').reverse().map(readForwarded);
  const protos = (headers['x-forwarded-proto'] ?? '').toLowerCase().split(',').reverse();
  return (headers['x-forwarded-for'] ?? '')
    .split(',')
    .reverse()
    .map((node, index) => ({
      for: readNode(node),
      proto: (protos[index] ?? protos.at(-1))?.trim() || undefined,
    }));
}

function readForwarded(element: string): Hop {
  const pairs = new Map<string, string>();
  for (const pair of element.split(';')) {
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1).trim();
    pairs.set(pair.slice(0, equals).trim().toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
  }
  return { for: readNode(pairs.get('for') ?? ''), proto: pairs.get('proto')?.toLowerCase() };
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]:4711` (RFC 7239 §6). */
function readNode(node: string): string | undefined {
  const text = node.trim();
  const address = isIP(text)
    ? text
    : /^\[([^\]]+)\](?::\w+)?$|^([^:]+):\w+$/.exec(text)?.slice(1).find(Boolean);
  return address !== undefined && isIP(address) ? plainAddress(address) : undefined;
}
