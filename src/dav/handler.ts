import { parsePrefer } from '../http/prefer.ts';
import { BodyTooLarge, ClientGone, type Reply, type Req } from '../http/types.ts';
import {
  type CollectionId,
  type Kind,
  type Login,
  Refusal,
  type Store,
  type SyncToken,
} from '../store/types.ts';
import { Access } from './access.ts';
import { DavError, errorReply, type Precondition, preconditions, refuse } from './errors.ts';
import type { AccessRules } from './finder.ts';
import { parseIf } from './if-header.ts';
import { representation } from './methods/objects.ts';
import { multistatusOf, statusResponse } from './multistatus.ts';
import { href } from './paths.ts';
import {
  assemble,
  type Exchange,
  type Extension,
  type Limits,
  type MethodRow,
  type Protocol,
} from './protocol.ts';
import { explain } from './refusals.ts';
import { bodyReader } from './request-bodies.ts';
import { type Granted, isObject } from './resource.ts';
import { webdav } from './webdav.ts';

export interface DavOptions {
  readonly store: Store;
  readonly extensions: readonly Extension[];
  /** Path under which the server is seen from outside: '' or e.g. '/home-dav'. */
  readonly basePath: string;
  /** Users find each other's principals. */
  readonly usersVisible: boolean;
  readonly limits: Limits;
  readonly log: { error(detail: object, message: string): void };
  /** Told up to where a login has fetched a collection. */
  readonly fetched?: (login: Login, collection: CollectionId, token: SyncToken) => void;
}

/** Answers a request of whom authentication found. @throws ClientGone, and nothing else */
export type DavHandler = (req: Req, login: Login) => Promise<Reply>;

/** The protocol over a store. Here, and only here, errors become answers. */
export function davHandler(options: DavOptions): DavHandler {
  const protocol = assemble(webdav, options.extensions);
  const service: Service = { ...options, protocol, rules: accessRules(options), readXml: bodyReader() };
  return async (req, login) => {
    const x = exchange(req, login, service);
    let resource: Granted | undefined;
    try {
      const method = methodOf(req, protocol);
      resource = await authorise(x, method);
      checkMethod(method, resource, protocol);
      if (req.headers['if'] !== undefined) await checkState(req.headers['if'], x);
      return describe(heeded(await method.run(resource, x), x), resource, protocol);
    } catch (error) {
      // Nobody is left to answer, and nothing is wrong here.
      if (error instanceof ClientGone) throw error;
      const reply = refusal(error, resource, req, options);
      return describe(await withState(reply, resource, x), resource, protocol);
    }
  };
}

/** What all requests share. */
interface Service extends DavOptions {
  readonly protocol: Protocol;
  readonly rules: AccessRules;
  readonly readXml: ReturnType<typeof bodyReader>;
}

/** Locates the request URI and gets the resource there through the one door. */
async function authorise({ req, access }: Exchange, method: MethodRow): Promise<Granted> {
  const resource = method.creates
    ? await access.reachOrAbsent(req.path, method.privilege)
    : await access.reach(req.path, method.privilege);
  if (resource instanceof DavError) throw resource;
  return resource;
}

function methodOf(req: Req, protocol: Protocol): MethodRow {
  const method = protocol.methods.get(req.method);
  if (!method) throw refuse(501, `the method ${req.method} is not one of this server's`);
  return method;
}

function checkMethod(method: MethodRow, resource: Granted, protocol: Protocol): void {
  if (method.on.includes(resource.type)) return;
  const allow = protocol.allow(resource.type);
  throw new DavError(405, `${method.name} is not possible at "${resource.href}"; possible: ${allow}`);
}

/** RFC 4918 §10.4. What only the methods know is tested inside the commit. */
function checkState(header: string, { req, access }: Exchange): Promise<void> {
  return access.submit(parseIf(header), req.path);
}

/** A condition failed: who prefers it gets the object as it is, and needs no GET (RFC 8144 §3.2). */
async function withState(reply: Reply, resource: Granted | undefined, x: Exchange): Promise<Reply> {
  const wanted = reply.status === 412 && x.preferences.representation && resource && isObject(resource);
  return wanted ? representation(resource.href, { status: 412, headers: {} }, x) : reply;
}

function accessRules({ basePath, extensions, usersVisible }: DavOptions): AccessRules {
  const uidConflicts: Partial<Record<Kind, Precondition>> = {};
  for (const extension of extensions) uidConflicts[extension.kind] = extension.noUidConflict;
  return { basePath, uidConflicts, usersVisible };
}

function exchange(req: Req, login: Login, service: Service): Exchange {
  const { store, protocol, rules, limits, log, readXml, fetched } = service;
  const { user, device } = login;
  const agent = req.headers['user-agent'];
  const author = { user: user.name, ...(device && { device: device.name }), ...(agent && { agent }) };
  const access = new Access(store, user, rules, author, (collection, token) =>
    fetched?.(login, collection, token),
  );
  return {
    req,
    user,
    access,
    protocol,
    limits,
    preferences: parsePrefer(req.headers),
    href: (place) => href(place, access.locate(req.path)?.prefix ?? `${rules.basePath}/dav`),
    report: (error, what) => log.error({ err: error }, `an answer for ${what} failed`),
    xml: async () => readXml(await req.body.bytes(limits.xmlBytes)),
  };
}

/** Says that return=minimal counted (RFC 7240 §3), where an answer can be the shorter for it. */
function heeded(reply: Reply, { preferences, req }: Exchange): Reply {
  if (!preferences.minimal || req.headers['prefer'] === undefined) return reply;
  const shortened = reply.status === 207 || req.method === 'PROPPATCH';
  if (!shortened) return reply;
  const applied = [reply.headers['preference-applied'] ?? [], 'return=minimal'].flat().join(', ');
  return { ...reply, headers: { ...reply.headers, 'preference-applied': applied } };
}

/** What every answer carries: clients read DAV and Allow from whichever comes first. */
function describe(reply: Reply, resource: Granted | undefined, protocol: Protocol): Reply {
  const headers: Record<string, Reply['headers'][string]> = { dav: protocol.compliance };
  if (resource) headers['allow'] = protocol.allow(resource.type);
  if (reply.status === 207) headers['vary'] = 'Brief, Prefer';
  return { ...reply, headers: Object.assign(headers, reply.headers) };
}

/** The answer to a refusal; anything unexpected is logged under an id and answered 500 without detail. */
function refusal(
  error: unknown,
  resource: Granted | undefined,
  req: Req,
  { log, limits }: DavOptions,
): Reply {
  if (error instanceof DavError)
    return error.members.length > 0 ? membersReply(error, resource) : errorReply(error);
  if (error instanceof BodyTooLarge) {
    return errorReply(refuse(413, `the body is larger than ${limits.xmlBytes} octets`));
  }
  if (error instanceof Refusal) {
    log.error({ reason: error.detail }, `${req.method} ${req.path} failed: the store is ${error.reason}`);
    return errorReply(explain(error, undefined, {}));
  }
  const id = crypto.randomUUID().slice(0, 8);
  log.error({ err: error, id }, `${req.method} ${req.path} failed`);
  return errorReply(refuse(500, `something went wrong in the server; its log says what, under ${id}`));
}

/**
 * It failed at members of the resource: 207, so that nobody takes it for the resource's own state (RFC 4918 §13). Only a
 * lock is answered with the resource itself as well (§9.10.9).
 */
function membersReply(error: DavError, resource: Granted | undefined): Reply {
  const members = error.members.map((member) => statusResponse(member, error.status, error));
  const isLock = error.condition === preconditions.noConflictingLock.name;
  const itself = resource && isLock ? [statusResponse(resource.href, 424)] : [];
  return multistatusOf([...members, ...itself]);
}
