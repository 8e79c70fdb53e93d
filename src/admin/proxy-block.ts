/** What to paste into the web server that stands in front of davd. */

import { type Endpoint, hostAndPort } from '../http/endpoint.ts';
import { Refused } from './refused.ts';

export interface ProxyBlockOptions {
  /** Public URL without a slash at its end; its path is the base path. */
  readonly url: string;
  /** Where davd listens. */
  readonly backend: Endpoint;
}

interface Site {
  readonly host: string;
  /** Port of https. */
  readonly port: number;
  /** '' where davd has the whole host. */
  readonly base: string;
  readonly backend: Endpoint;
}

const BLOCKS = { nginx, apache, caddy, haproxy, traefik } satisfies Record<string, (site: Site) => string>;

export type ProxyName = keyof typeof BLOCKS;

export const PROXIES = Object.keys(BLOCKS) as readonly ProxyName[];

/** The whole block, with what else is to be done as a comment. @throws Refused where the proxy can't. */
export function proxyBlock(name: ProxyName, { url, backend }: ProxyBlockOptions): string {
  const { protocol, hostname: host, port, pathname } = new URL(url);
  if (protocol !== 'https:') {
    throw new Refused(`can't make a block for "${url}": phones need https; name an https URL with --url`);
  }
  const site = { host, port: Number(port || 443), base: pathname.replace(/\/$/, ''), backend };
  return `${note(site)}${BLOCKS[name](site)}`;
}

function note({ backend, host, port, base }: Site): string {
  const url = `https://${host}${port === 443 ? '' : `:${port}`}${base}`;
  const lines =
    'path' in backend
      ? [
          `davd config set url ${url} && davd serve --listen ${backend.path}`,
          'The socket is for the group of davd: add the user of this web server to it.',
        ]
      : [
          `davd config set url ${url} && davd serve --listen ${hostAndPort(backend)} --trust-proxy ${backend.host}`,
        ];
  return lines.map((line) => `# ${line}\n`).join('');
}

/** nginx passes on what the client sent, as it is, where proxy_pass has no path. */
function nginx({ host, port, base, backend }: Site): string {
  const target = 'path' in backend ? `http://unix:${backend.path}` : `http://${hostAndPort(backend)}`;
  const location = (matching: string): string => `
    location ${matching} {
        proxy_pass ${target};
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Connection "";
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_request_buffering off;
        proxy_read_timeout 600s;
    }
`;
  const locations =
    base === '' ? location('/') : `${location(`${base}/`)}${location('~ ^/\\.well-known/(caldav|carddav)')}`;
  return `server {
    listen ${port} ssl http2;
    listen [::]:${port} ssl http2;
    server_name ${host};
    ssl_certificate /etc/letsencrypt/live/${host}/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/${host}/privkey.pem;
    # davd has limits of its own.
    client_max_body_size 0;
${locations}}
`;
}

function apache({ host, port, base, backend }: Site): string {
  const target =
    'path' in backend ? `unix:${backend.path}|http://localhost` : `http://${hostAndPort(backend)}`;
  const paths = base === '' ? ['/'] : [`${base}/`, '/.well-known/caldav', '/.well-known/carddav'];
  const passes = paths.map((path) => `    ProxyPass ${path} ${target}${path} nocanon timeout=600 ttl=60\n`);
  return `# a2enmod ssl proxy proxy_http headers http2
<VirtualHost *:${port}>
    ServerName ${host}
    Protocols h2 http/1.1
    SSLEngine on
    SSLCertificateFile /etc/letsencrypt/live/${host}/fullchain.pem
    SSLCertificateKeyFile /etc/letsencrypt/live/${host}/privkey.pem
    AllowEncodedSlashes NoDecode
    LimitRequestBody 0
    ProxyPreserveHost On
    RequestHeader set X-Forwarded-Proto https
${passes.join('')}</VirtualHost>
`;
}

/** Caddy gets its certificate itself, and sets X-Forwarded-* without being asked. */
function caddy({ host, port, base, backend }: Site): string {
  const target = 'path' in backend ? `unix/${backend.path}` : hostAndPort(backend);
  const name = port === 443 ? host : `${host}:${port}`;
  if (base === '') return `${name} {\n\treverse_proxy ${target}\n}\n`;
  return `${name} {
	@davd path ${base}/* /.well-known/caldav* /.well-known/carddav*
	reverse_proxy @davd ${target}
}
`;
}

function haproxy({ host, port, base, backend }: Site): string {
  const target = 'path' in backend ? `unix@${backend.path}` : hostAndPort(backend);
  const asked = `{ hdr(host),field(1,:) -i ${host} }`;
  const paths = base === '' ? '' : ` { path_beg ${base}/ /.well-known/caldav /.well-known/carddav }`;
  return `frontend davd_https
    mode http
    # The certificate and its key in one file.
    bind :${port} ssl crt /etc/haproxy/certs/${host}.pem alpn h2,http/1.1
    timeout client 600s
    option forwardfor
    http-request set-header X-Forwarded-Proto https
    use_backend davd if ${asked}${paths}

backend davd
    mode http
    timeout connect 5s
    timeout server 600s
    server davd ${target}
`;
}

/** The file provider's dynamic configuration. */
function traefik({ host, base, backend }: Site): string {
  if ('path' in backend) {
    throw new Refused('Traefik reaches no unix socket: give davd an address with --listen HOST:PORT');
  }
  const paths = [base, '/.well-known/caldav', '/.well-known/carddav'];
  const prefixes = paths.map((path) => `PathPrefix(\`${path}\`)`).join(' || ');
  return `http:
  routers:
    davd:
      rule: "Host(\`${host}\`)${base === '' ? '' : ` && (${prefixes})`}"
      entryPoints: [websecure]
      service: davd
      tls:
        certResolver: letsencrypt
  services:
    davd:
      loadBalancer:
        servers:
          - url: "http://${hostAndPort(backend)}"
`;
}
