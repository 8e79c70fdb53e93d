/** The TLS side of a listener: versions, protocols, certificates (RFC 8446, RFC 7301). */

import { createSecureServer, type Http2SecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import { createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls';

/** PEM: the chain, the server's own first, and its private key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** What a listener needs to speak TLS. */
export interface TlsOptions {
  /** undefined: none yet, so handshakes fail until `useCertificate`. */
  readonly certificate: Certificate | undefined;
  /** Certificates that answer TLS-ALPN-01 (RFC 8737), by name in lower case; empty while nobody asks. */
  readonly challenges?: ReadonlyMap<string, Certificate>;
}

/** Names of protocols in ALPN. */
const H2 = 'h2';
const HTTP1 = 'http/1.1';
const ACME = 'acme-tls/1';

/** ms for a handshake. */
const HANDSHAKE = 10_000;
/** Streams of one HTTP/2 connection at a time. */
const STREAMS = 64;
/** ms for the first octets of a connection, in which it says whether it is a challenge. */
const FIRST_OCTETS = 5_000;

/** What both sorts of HTTP are limited by; see node:http. */
export interface HttpLimits {
  readonly maxHeaderSize: number;
  readonly joinDuplicateHeaders: boolean;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
}

/** HTTP/1.1 and HTTP/2 by ALPN over TLS 1.2 and 1.3. */
export function secureServer({ certificate, challenges }: TlsOptions, limits: HttpLimits): Http2SecureServer {
  const server = createSecureServer({
    ...limits,
    ...certificate,
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
    handshakeTimeout: HANDSHAKE,
    allowHTTP1: true,
    ALPNCallback: ({ protocols }) => [H2, HTTP1].find((known) => protocols.includes(known)),
    settings: {
      maxConcurrentStreams: STREAMS,
      maxHeaderListSize: limits.maxHeaderSize,
      enablePush: false,
    },
  });
  if (challenges) divert(server, challenges);
  return server;
}

/**
 * Certificate of new connections; those that are open keep theirs. Tickets of earlier sessions are not taken any more,
 * which costs their clients a whole handshake.
 */
export function useCertificate(server: Http2SecureServer, certificate: Certificate): void {
  server.setSecureContext({ ...certificate, minVersion: 'TLSv1.2', honorCipherOrder: true });
}

/**
 * Takes connections of a certificate authority that checks TLS-ALPN-01 off the server. They must see the certificate of
 * the challenge, everybody else the usual one, and OpenSSL asks for it before it tells which protocols were offered: so
 * while a challenge is open the first octets of a connection are looked at.
 */
function divert(server: Http2SecureServer, challenges: ReadonlyMap<string, Certificate>): void {
  const listeners = server.listeners('connection');
  const begin = (socket: Socket): void => {
    for (const listener of listeners) listener.call(server, socket);
  };
  const validation = validationServer(challenges);
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    if (challenges.size === 0) return begin(socket);
    const impatient = setTimeout(() => socket.destroy(), FIRST_OCTETS);
    const quiet = (): void => clearTimeout(impatient);
    socket.once('error', quiet).once('close', quiet);
    socket.once('readable', () => {
      quiet();
      const first: Buffer | null = socket.read();
      if (first === null) {
        socket.destroy();
        return;
      }
      socket.unshift(first);
      if (isValidation(first)) validation.emit('connection', socket);
      else begin(socket);
    });
  });
}

/** The protocol's name stands in the ClientHello as it is, after its length. */
function isValidation(hello: Buffer): boolean {
  return hello.includes(`${String.fromCharCode(ACME.length)}${ACME}`, 0, 'latin1');
}

/** Only the handshake counts (RFC 8737 §3). */
function validationServer(challenges: ReadonlyMap<string, Certificate>): Server {
  const server = createServer({
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE,
    ALPNProtocols: [ACME],
    SNICallback: (name, done) => done(null, contextOf(challenges.get(name.toLowerCase()))),
  });
  server.on('secureConnection', (socket: TLSSocket) => socket.end());
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

function contextOf(certificate: Certificate | undefined) {
  return certificate && createSecureContext({ ...certificate, minVersion: 'TLSv1.2' });
}
