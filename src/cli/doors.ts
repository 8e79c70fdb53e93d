/** Where the server listens, by its settings: plain, with a certificate from files, or with one that it gets itself. */

import { X509Certificate } from 'node:crypto';
import type { App } from '../app.ts';
import { checkTogether, listenEndpoint, redirectEndpoint, type Settings } from '../config.ts';
import { type Endpoint, ListenError } from '../http/endpoint.ts';
import { type HttpServer, httpServer } from '../http/server.ts';
import type { Certificate } from '../http/tls.ts';
import type { Log } from '../log.ts';
import { type AcmeKeeper, acmeKeeper } from '../tls/acme.ts';
import { covers } from '../tls/certificate.ts';
import type { ChallengeType } from '../tls/challenges.ts';
import { readCertificateFiles, watchCertificateFiles } from '../tls/files.ts';
import { redirectHandler } from '../tls/redirect.ts';

export interface Doors {
  /** Where clients are answered. */
  readonly endpoint: Endpoint;
  readonly scheme: 'http' | 'https';
  /** Looks at once whether the certificate was renewed. */
  look(): void;
  /** Answers what is in flight; see HttpServer. */
  stop(grace: number): Promise<void>;
}

export interface DoorOptions {
  readonly app: App;
  /** The data folder. */
  readonly data: string;
  readonly log: Log;
}

/** @throws SettingsError, ListenError, CertificateError: sentences; nothing listens then. */
export async function openDoors(options: DoorOptions): Promise<Doors> {
  const { app, log } = options;
  checkTogether(app.settings());
  const opened: HttpServer[] = [];
  const server = httpServer({ handle: app.handle, trusted: app.trusted, log });
  opened.push(server);
  const stop = async (grace: number): Promise<void> => {
    await Promise.all(opened.map((each) => each.stop(grace)));
  };
  try {
    const { acme, tlsCert } = app.settings();
    if (acme.length > 0) return await openOwn(options, server, opened, stop);
    if (tlsCert !== '') return await openFiles(options, server, opened, stop);
    const endpoint = await server.listen(listenEndpoint(app.settings()));
    return { endpoint, scheme: 'http', look: () => undefined, stop };
  } catch (error) {
    await stop(0);
    throw error;
  }
}

async function openFiles(
  { app, log }: DoorOptions,
  server: HttpServer,
  opened: HttpServer[],
  stop: Doors['stop'],
): Promise<Doors> {
  const { tlsCert: cert, tlsKey: key } = app.settings();
  const files = { cert, key };
  const certificate = readCertificateFiles(files);
  warnOfOtherName(certificate, app.settings(), log);
  const endpoint = await server.listen(listenEndpoint(app.settings()), { certificate });
  const watch = watchCertificateFiles({ files, use: (fresh) => server.useCertificate(fresh), log });
  await openRedirect(app.settings(), new Map(), endpoint, opened, log);
  return {
    endpoint,
    scheme: 'https',
    look: () => watch.look(),
    stop: (grace) => {
      watch.stop();
      return stop(grace);
    },
  };
}

function warnOfOtherName({ cert }: Certificate, { url, tlsCert }: Settings, log: Log): void {
  const name = url && new URL(url).hostname;
  if (name === '' || covers(new X509Certificate(cert), [name])) return;
  log.warn(
    { cert: tlsCert, url },
    'the certificate is not made for the name in the url: devices will refuse it',
  );
}

async function openOwn(
  { app, data, log }: DoorOptions,
  server: HttpServer,
  opened: HttpServer[],
  stop: Doors['stop'],
): Promise<Doors> {
  const settings = app.settings();
  const challenge = challengeFor(settings);
  const keeper: AcmeKeeper = acmeKeeper({
    data,
    names: settings.acme,
    email: settings.acmeEmail,
    directory: settings.acmeDirectory,
    challenge,
    dnsHook: settings.acmeDnsHook,
    use: (fresh) => server.useCertificate(fresh),
    log,
  });
  const { certificate, shown } = keeper;
  const endpoint = await listenEverywhere(server, listenEndpoint(settings), {
    certificate,
    challenges: shown.certificates,
  });
  await openRedirect(settings, shown.tokens, endpoint, opened, log);
  keeper.start();
  return {
    endpoint,
    scheme: 'https',
    look: () => undefined,
    stop: (grace) => {
      keeper.stop();
      return stop(grace);
    },
  };
}

/** Port 80 is the usual way; without it the connection itself, or, where a command for it is given, the DNS. */
function challengeFor({ acmeDnsHook, httpListen }: Settings): ChallengeType {
  if (acmeDnsHook !== '') return 'dns-01';
  return httpListen === 'none' ? 'tls-alpn-01' : 'http-01';
}

async function openRedirect(
  settings: Settings,
  tokens: ReadonlyMap<string, string>,
  https: Endpoint,
  opened: HttpServer[],
  log: Log,
): Promise<void> {
  const plain = redirectEndpoint(settings);
  if (!plain) return;
  const handle = redirectHandler({ tokens, names: settings.acme, port: 'port' in https ? https.port : 443 });
  const redirect = httpServer({ handle, trusted: () => undefined, log });
  opened.push(redirect);
  try {
    await listenEverywhere(redirect, plain);
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    throw new ListenError(error.endpoint, error.cause, {
      EADDRINUSE:
        'another program listens there; stop it, or do without plain http and its certificate check: --http-listen none',
    });
  }
}

/** `::` takes IPv4 too; a machine without IPv6 has only the other. */
async function listenEverywhere(
  server: HttpServer,
  endpoint: Endpoint,
  ...tls: Parameters<HttpServer['listen']> extends [unknown, ...infer T] ? T : never
): Promise<Endpoint> {
  try {
    return await server.listen(endpoint, ...tls);
  } catch (error) {
    const lacking =
      error instanceof ListenError && /^EAFNOSUPPORT|EADDRNOTAVAIL$/.test(error.cause.code ?? '');
    if (!lacking || !('host' in endpoint) || endpoint.host !== '::') throw error;
    return server.listen({ ...endpoint, host: '0.0.0.0' }, ...tls);
  }
}
