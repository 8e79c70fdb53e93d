/** The sockets: listening, limits, connections and their end. Everything above sees only `Req` and `Reply`. */

import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { bareAnswer, type ParserError, parserErrorStatus } from './client-error.ts';
import { type Endpoint, ListenError } from './endpoint.ts';
import { type ExchangeOptions, exchange, type Incoming } from './exchange.ts';
import { plainAddress, UNIX_PEER } from './forwarded.ts';
import { streamOf } from './stream.ts';
import { type Certificate, type HttpLimits, secureServer, type TlsOptions, useCertificate } from './tls.ts';

export interface HttpOptions extends ExchangeOptions {
  /** Open connections beyond this many are closed unanswered. */
  readonly maxConnections?: number;
  /** Permissions of a unix socket. */
  readonly socketMode?: number;
}

export interface HttpServer {
  /**
   * Listens on one more endpoint, with TLS where it is told how. Returns it with the port that was taken where 0 was
   * asked for.
   * @throws ListenError
   */
  listen(endpoint: Endpoint, tls?: TlsOptions): Promise<Endpoint>;
  /** Certificate of new connections, on all endpoints with TLS; those that are open go on. */
  useCertificate(certificate: Certificate): void;
  /** Takes no more requests, answers those in flight, and resolves; after `grace` ms the rest is cut. */
  stop(grace: number): Promise<void>;
}

/** Octets of a request's header section. */
const HEADER_SECTION = 32 * 1024;
/** ms. Keep-alive is longer than the 60 s of usual proxies, so that they close first and lose no request. */
const TIMEOUTS = { headers: 30_000, request: 600_000, idle: 120_000, keepAlive: 75_000 };
const LIMITS: HttpLimits = {
  maxHeaderSize: HEADER_SECTION,
  joinDuplicateHeaders: true,
  headersTimeout: TIMEOUTS.headers,
  requestTimeout: TIMEOUTS.request,
  keepAliveTimeout: TIMEOUTS.keepAlive,
  connectionsCheckingInterval: 5_000,
};
/** Requests a client may have sent ahead on one connection. */
const PIPELINED = 64;

export function httpServer(options: HttpOptions): HttpServer {
  return new Listeners(options);
}

class Listeners implements HttpServer {
  readonly #options: HttpOptions;
  readonly #servers: (Server | Http2SecureServer)[] = [];
  readonly #connections = new Map<Socket, Connection>();
  /** HTTP/2 connections and the address of their other end. */
  readonly #sessions = new Map<ServerHttp2Session, string>();
  #stopping: Promise<void> | undefined;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  async listen(endpoint: Endpoint, tls?: TlsOptions): Promise<Endpoint> {
    const unix = 'path' in endpoint;
    if (unix) await removeStaleSocket(endpoint.path);
    const server = tls ? this.#secureServer(tls, unix) : this.#plainServer(unix);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new ListenError(endpoint, error)));
      server.listen(endpoint, resolve);
    });
    this.#servers.push(server);
    if ('path' in endpoint) {
      chmodSync(endpoint.path, this.#options.socketMode ?? 0o660);
      return endpoint;
    }
    const address = server.address();
    return { ...endpoint, port: typeof address === 'object' && address ? address.port : endpoint.port };
  }

  useCertificate(certificate: Certificate): void {
    for (const server of this.#servers) if ('setSecureContext' in server) useCertificate(server, certificate);
  }

  stop(grace: number): Promise<void> {
    this.#stopping ??= this.#stop(grace);
    return this.#stopping;
  }

  async #stop(grace: number): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    // Closing the server has told HTTP/2 clients which of their requests are still answered.
    const cut = setTimeout(() => {
      for (const socket of this.#connections.keys()) socket.destroy();
      for (const session of this.#sessions.keys()) session.destroy();
    }, grace);
    for (const { queue } of this.#connections.values()) {
      const last = queue.at(-1);
      if (last) last.response.shouldKeepAlive = false;
    }
    // What has already reached this machine is still answered.
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const [socket, { queue }] of this.#connections) {
      if (queue.length === 0) socket.destroy();
    }
    await Promise.all(closed);
    clearTimeout(cut);
  }

  #plainServer(unix: boolean): Server {
    const server = createServer(LIMITS);
    server.on('connection', (socket) => this.#open(socket, unix));
    this.#setUp(server);
    return server;
  }

  #secureServer(tls: TlsOptions, unix: boolean): Http2SecureServer {
    const server = secureServer(tls, LIMITS);
    server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol !== 'h2') this.#open(socket, unix);
    });
    server.on('session', (session) => this.#begin(session, unix));
    server.on('sessionError', () => undefined);
    this.#setUp(server);
    return server;
  }

  #setUp(server: Server | Http2SecureServer): void {
    server.setTimeout(TIMEOUTS.idle);
    server.maxConnections = this.#options.maxConnections ?? 1_000;
    const take = (request: IncomingMessage, response: ServerResponse, invite?: () => void): void => {
      if (request.httpVersionMajor === 2) this.#takeStream(request, response, invite);
      else this.#take(request, response, invite);
    };
    server.on('request', take);
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
      take(request, response, () => response.writeContinue()),
    );
    // An expectation we don't know is no reason to refuse: some clients send odd ones and give up at a 417.
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
      take(request, response),
    );
    server.on('connect', (request: IncomingMessage, other: Socket | ServerResponse) => {
      if (request.httpVersionMajor === 2) (other as ServerResponse).writeHead(501).end();
      else (other as Socket).end(bareAnswer(501));
    });
    server.on('clientError', (error: ParserError, socket: Socket) => this.#refuse(error, socket));
  }

  /** An HTTP/2 connection begins. */
  #begin(session: ServerHttp2Session, unix: boolean): void {
    const remote = unix ? UNIX_PEER : session.socket.remoteAddress;
    if (remote === undefined) {
      session.destroy();
      return;
    }
    this.#sessions.set(session, plainAddress(remote));
    session.once('close', () => this.#sessions.delete(session));
    if (this.#stopping) session.close();
  }

  /** Requests of an HTTP/2 connection run beside each other (RFC 9113 §5); Node gives them the shape of HTTP/1.1's. */
  #takeStream(request: IncomingMessage, response: ServerResponse, invite?: () => void): void {
    const session = streamOf(request)?.session;
    const remote = session && this.#sessions.get(session as ServerHttp2Session);
    if (remote !== undefined) void exchange({ request, response, remote, invite }, this.#options);
  }

  #open(socket: Socket, unix: boolean): void {
    const remote = unix ? UNIX_PEER : socket.remoteAddress;
    if (remote === undefined) {
      // It was closed before it came here.
      socket.destroy();
      return;
    }
    this.#connections.set(socket, { remote: plainAddress(remote), queue: [] });
    socket.once('close', () => this.#connections.delete(socket));
  }

  /** One request of a connection at a time, in order: what a client pipelines behind a write sees the write. */
  #take(request: IncomingMessage, response: ServerResponse, invite?: () => void): void {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (connection === undefined) return;
    const { queue, remote } = connection;
    if (queue.length >= PIPELINED) {
      socket.destroy();
      return;
    }
    response.on('close', () => this.#next(socket, queue));
    if (queue.push({ request, response, remote, invite }) === 1) this.#start(queue);
  }

  /** The first request of the queue is gone: it was answered, or its connection closed. */
  #next(socket: Socket, queue: Incoming[]): void {
    queue.shift();
    if (socket.destroyed) return;
    if (queue.length > 0) this.#start(queue);
    else if (this.#stopping) socket.end();
  }

  #start(queue: readonly Incoming[]): void {
    const [first] = queue;
    if (first === undefined) return;
    if (this.#stopping && queue.length === 1) first.response.shouldKeepAlive = false;
    void exchange(first, this.#options);
  }

  #refuse(error: ParserError, socket: Socket): void {
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const status = parserErrorStatus(error);
    this.#options.log.debug({ code: error.code, reason: error.message, status }, 'request not understood');
    const answer = (): void => {
      socket.end(bareAnswer(status));
      // What still comes is taken in for a moment, so that the answer isn't lost with a reset connection.
      socket.resume();
      setTimeout(() => socket.destroy(), 1_000).unref();
    };
    const queue = this.#connections.get(socket)?.queue ?? [];
    const broken = queue.at(-1);
    // Either the request after those being answered is the bad one, or the body of the last of them.
    if (broken === undefined) answer();
    else if (broken.request.complete) broken.response.once('close', answer);
    else if (queue.length === 1 && !broken.response.headersSent) answer();
    else socket.destroy();
  }
}

interface Connection {
  readonly remote: string;
  /** Requests in the order they came; the first one is being answered. */
  readonly queue: Incoming[];
}

/** A socket file that nobody listens on any more was left by a process that was killed. Other files are not touched. */
async function removeStaleSocket(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  const abandoned = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (abandoned) rmSync(path, { force: true });
}
