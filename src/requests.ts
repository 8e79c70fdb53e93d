/** What the server is being asked, for those who listen: `davd tail` and `davd trace`. */

import type { Reply, Req } from './http/types.ts';
import type { Log } from './log.ts';
import type { Login } from './store/types.ts';

/** One answered request, without its contents. */
export interface Answered {
  /** ms since 1970 UTC when it came in, and ms until its answer was ready. */
  readonly time: number;
  readonly ms: number;
  readonly method: string;
  /** Still percent-encoded. */
  readonly path: string;
  readonly status: number;
  /** Names of the user and the device; absent where nobody was logged in. */
  readonly user?: string;
  readonly device?: string;
  readonly address: string;
  readonly client: string;
}

/** One request with everything in it. */
export interface Conversed extends Answered {
  readonly requestHeaders: Req['headers'];
  readonly requestBody: Uint8Array;
  readonly replyHeaders: Reply['headers'];
  readonly replyBody: Uint8Array;
}

export interface Outcome {
  readonly reply: Reply;
  readonly login?: Login;
}

export interface Requests {
  /** Calls back for every answered request until the returned function is called. */
  onAnswered(listener: (answered: Answered) => void): () => void;
  /** As `onAnswered`, with the contents, once the answer has been read by the client. */
  onConversed(listener: (conversed: Conversed) => void): () => void;
  /** Has a request answered by `answer`, and tells who listens. */
  pass(req: Req, answer: (req: Req) => Promise<Outcome>): Promise<{ outcome: Outcome; answered: Answered }>;
}

/** What a listener throws is logged: no request fails for it. */
export function openRequests(log: Pick<Log, 'error'>): Requests {
  const answeredListeners = new Set<(answered: Answered) => void>();
  const conversedListeners = new Set<(conversed: Conversed) => void>();
  function tell<T>(listeners: Iterable<(told: T) => void>, told: T): void {
    for (const listener of listeners) {
      try {
        listener(told);
      } catch (error) {
        log.error({ err: error }, 'a listener failed');
      }
    }
  }
  return {
    onAnswered: (listener) => subscribed(answeredListeners, listener),
    onConversed: (listener) => subscribed(conversedListeners, listener),
    async pass(req, answer) {
      const time = Date.now();
      const begun = performance.now();
      if (conversedListeners.size === 0) {
        const outcome = await answer(req);
        const answered = describe(req, outcome, time, begun);
        tell(answeredListeners, answered);
        return { outcome, answered };
      }
      const { copy, body } = overheard(req);
      const outcome = await answer(copy);
      const answered = describe(req, outcome, time, begun);
      tell(answeredListeners, answered);
      const reply = recorded(outcome.reply, (replyBody) => {
        const conversed = {
          ...answered,
          requestHeaders: req.headers,
          requestBody: body(),
          replyHeaders: outcome.reply.headers,
          replyBody,
        };
        tell(conversedListeners, conversed);
      });
      return { outcome: { ...outcome, reply }, answered };
    },
  };
}

function subscribed<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function describe(req: Req, { reply, login }: Outcome, time: number, begun: number): Answered {
  return {
    time,
    ms: Math.round(performance.now() - begun),
    method: req.method,
    path: req.path,
    status: reply.status,
    ...(login && { user: login.user.name }),
    ...(login?.device && { device: login.device.name }),
    address: req.remote,
    client: req.headers['user-agent'] ?? '',
  };
}

/** The request, remembering the body as the handler reads it. */
function overheard(req: Req): { copy: Req; body: () => Uint8Array } {
  let heard: Uint8Array = new Uint8Array();
  const bytes = async (limit: number): Promise<Uint8Array> => {
    heard = await req.body.bytes(limit);
    return heard;
  };
  return { copy: { ...req, body: { bytes } }, body: () => heard };
}

/** The reply, calling `done` with its whole body once that has been sent. */
function recorded(reply: Reply, done: (body: Uint8Array) => void): Reply {
  const { body } = reply;
  if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) {
    done(Buffer.from(body ?? ''));
    return reply;
  }
  return { ...reply, body: copied(body, done) };
}

async function* copied(
  body: AsyncIterable<string | Uint8Array>,
  done: (body: Uint8Array) => void,
): AsyncIterable<string | Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) {
    chunks.push(Buffer.from(chunk));
    yield chunk;
  }
  done(Buffer.concat(chunks));
}
