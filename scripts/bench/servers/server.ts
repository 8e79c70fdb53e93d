import type { Login } from '../requests.ts';

/** A server under measurement. */
export interface Server {
  readonly name: string;
  readonly login: Login;
  /** Where it answers; another port after each launch. */
  readonly origin: URL;
  /** What can be done with a server of this machine only. */
  readonly own?: OwnServer;
  /** For good; what it stored goes. */
  remove(): Promise<void>;
}

export interface OwnServer {
  /** Where it keeps its data. */
  readonly data: string;
  /** Ends the process, in an orderly way. */
  halt(): Promise<void>;
  /** Starts the process again on the same data. Resolves when it takes connections. */
  launch(): Promise<void>;
  /** MB of memory in proportional share, with all processes that it started. */
  memory(): number;
  /** ms of processor used since the launch. */
  processor(): number;
  /** Of the process that runs. */
  pid(): number;
  /** Port of the inspector, where it was started with one. */
  inspected(): number | undefined;
  /** Waits until it has done what it does by itself: it takes hardly any processor for a while. */
  still(): Promise<void>;
  /** Deletes, while halted, what can be worked out again; false if it keeps nothing of the kind. */
  forgetCache(): boolean;
  /** Puts objects into a collection, by its path, while halted. Absent where that can only be done by requests. */
  seed?(collection: string, objects: Iterable<readonly [name: string, text: string]>): void;
}

export interface ServerKind {
  readonly name: string;
  /** Why it can't be measured here, in a few words. */
  missing(): string | undefined;
  start(): Promise<Server>;
}
