import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Disk, Listed, OpenFile, Stat } from '../../src/store/flat/disk.ts';
import { type DiskEvent, DiskState, EMPTY, type NodeId, ROOT } from './disk-state.ts';
import { Random } from './random.ts';

/** Names the error an operation is to fail with. `nth`: how many of its kind there were before. */
export type Fault = (operation: string, file: string, nth: number) => string | undefined;

/** Operations that change the disk, or make it keep something; those that take room; those that take a file descriptor. */
export const WRITING: ReadonlySet<string> = new Set(
  'create write writeFile rename unlink mkdir rmdir truncate sync syncFile syncFolder'.split(' '),
);
export const FILLING: ReadonlySet<string> = new Set('create write writeFile rename mkdir'.split(' '));
export const OPENING: ReadonlySet<string> = new Set(
  'open create readFile writeFile readdir syncFile syncFolder'.split(' '),
);

/** Some operations fail: so many of them go well before, and so many fail then. @param of undefined: all */
export function failing(code: string, after: number, times: number, of?: ReadonlySet<string>): Fault {
  let [before, left] = [after, times];
  return (operation) => {
    if (left === 0 || (of && !of.has(operation)) || before-- > 0) return undefined;
    left--;
    return code;
  };
}

function fail(code: string, file: string): never {
  throw Object.assign(new Error(`${code}: made to fail, '${file}'`), { code, path: file });
}

/**
 * A disk in memory that writes down everything that happens to it. Playing back a part of what it wrote down
 * gives the disk at any moment; see disk-state.ts.
 */
export class SimulatedDisk implements Disk {
  readonly log: DiskEvent[] = [];
  readonly state: DiskState;
  fault: Fault = () => undefined;
  /** Octets that fit. */
  capacity = Infinity;
  readonly #random: Random;
  readonly #counts = new Map<string, number>();
  readonly #owned = new Set<string>();

  /** @param random says in which order what happens at the same time is done. */
  constructor(state = new DiskState(EMPTY), random = new Random(1)) {
    this.state = state;
    this.#random = random;
  }

  /** Operations so far, by kind. */
  get operations(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  async open(file: string, how: 'read' | 'write' | 'durable'): Promise<OpenFile | undefined> {
    await this.#begin(how === 'read' ? 'open' : 'create', file);
    const known = this.#find(file);
    if (known !== undefined) return new SimulatedFile(this, known, file, how);
    if (how === 'read' || this.#folderOf(file) === undefined) return undefined;
    return new SimulatedFile(this, this.#make(file, 'file'), file, how);
  }

  async readFile(file: string): Promise<Uint8Array | undefined> {
    await this.#begin('readFile', file);
    const node = this.#find(file);
    if (this.state.folder(node)) fail('EISDIR', file);
    const content = this.state.file(node)?.content;
    return content && Buffer.from(content);
  }

  async writeFile(file: string, bytes: Uint8Array): Promise<void> {
    await this.#begin('writeFile', file);
    if (this.#folderOf(file) === undefined) fail('ENOENT', file);
    const known = this.#find(file);
    if (this.state.folder(known)) fail('EISDIR', file);
    const node = known ?? this.#make(file, 'file');
    if (known !== undefined) this.cut(node, 0);
    await this.turn();
    await this.write(node, file, [bytes], 0);
  }

  async rename(from: string, to: string): Promise<boolean> {
    await this.#begin('rename', to);
    const node = this.#find(from);
    const [source, target] = [this.#folderOf(from), this.#folderOf(to)];
    if (node === undefined || source === undefined || target === undefined) return false;
    const replaced = this.#find(to);
    if (replaced === node) return true;
    if ((this.state.folder(replaced)?.size ?? 0) > 0) fail('ENOTEMPTY', to);
    if (replaced !== undefined && Boolean(this.state.folder(node)) !== Boolean(this.state.folder(replaced)))
      fail('EEXIST', to);
    this.#happen({
      do: 'name',
      at: [
        { folder: source, name: path.basename(from), node: undefined },
        { folder: target, name: path.basename(to), node },
      ],
    });
    await this.turn();
    return true;
  }

  /** It has no hard links. */
  async link(file: string): Promise<boolean> {
    await this.#begin('link', file);
    return fail('EPERM', file);
  }

  async unlink(file: string): Promise<boolean> {
    await this.#begin('unlink', file);
    return this.#remove(file, (node) => {
      if (this.state.folder(node)) fail('EISDIR', file);
      return true;
    });
  }

  async mkdir(folder: string): Promise<void> {
    await this.#begin('mkdir', folder);
    const parent = path.dirname(folder);
    const known = this.#find(folder);
    if (this.state.folder(known)) return;
    if (known !== undefined) fail('EEXIST', folder);
    if (this.#find(parent) === undefined) await this.mkdir(parent);
    this.#make(folder, 'folder');
  }

  async rmdir(folder: string): Promise<boolean> {
    await this.#begin('rmdir', folder);
    return this.#remove(folder, (node) => this.state.folder(node)?.size === 0);
  }

  async readdir(folder: string): Promise<readonly Listed[] | undefined> {
    await this.#begin('readdir', folder);
    const entries = this.state.folder(this.#find(folder));
    return (
      entries && [...entries].map(([name, node]) => ({ name, folder: this.state.folder(node) !== undefined }))
    );
  }

  async stat(file: string): Promise<Stat | undefined> {
    await this.#begin('stat', file);
    const node = this.#find(file);
    if (node === undefined) return undefined;
    const found = this.state.file(node);
    if (!found) return { kind: 'folder', size: 0, print: node + 1, content: node + 1 };
    const size = found.content.length;
    const print = found.stamp * 2 ** 24 + size * 2 ** 4 + (node % 16) + 1;
    return { kind: 'file', size, print, content: print };
  }

  /** Tells nothing: what is done to the disk is seen by looking. */
  watch(): () => void {
    return () => undefined;
  }

  async syncFile(file: string): Promise<boolean> {
    await this.#begin('syncFile', file);
    const node = this.#find(file);
    if (node === undefined) return false;
    await this.sync(node, file, 0, Infinity);
    return true;
  }

  async syncFolder(folder: string): Promise<boolean> {
    await this.#begin('syncFolder', folder);
    const node = this.#find(folder);
    if (node === undefined) return false;
    const before = this.state.events;
    await this.turn();
    this.#happen({ do: 'sync', node, before, from: 0, to: Infinity });
    await this.turn();
    return true;
  }

  async free(folder: string): Promise<number> {
    await this.#begin('free', folder);
    return Math.min(Math.max(0, this.capacity - this.state.used), 2 ** 40);
  }

  own(file: string): (() => void) | undefined {
    if (this.#owned.has(file)) return undefined;
    this.#owned.add(file);
    return () => this.#owned.delete(file);
  }

  /** Counts an operation and lets it fail. */
  check(operation: string, file: string): void {
    const nth = this.#counts.get(operation) ?? 0;
    this.#counts.set(operation, nth + 1);
    const code = this.fault(operation, file, nth);
    if (code) fail(code, file);
  }

  /** Others get their turn. */
  async turn(): Promise<void> {
    if (this.#random.chance(0.1)) return setImmediate();
    for (let ticks = this.#random.below(4); ticks > 0; ticks--) await undefined;
  }

  /** A write that fails leaves a part; so does one that finds too little room. */
  async write(node: NodeId, file: string, chunks: readonly Uint8Array[], position: number): Promise<void> {
    const bytes = Buffer.concat(chunks);
    const size = this.state.file(node)?.content.length ?? 0;
    const room = Math.max(0, this.capacity - this.state.used);
    const fits = Math.max(0, Math.min(bytes.length, size - position + room));
    try {
      this.check('write', file);
    } catch (error) {
      this.#land(node, position, bytes.subarray(0, Math.min(fits, bytes.length >> 1)));
      throw error;
    }
    this.#land(node, position, bytes.subarray(0, fits));
    if (fits < bytes.length) fail('ENOSPC', file);
    await this.turn();
  }

  #land(node: NodeId, position: number, bytes: Buffer): void {
    if (bytes.length > 0) this.#happen({ do: 'write', node, position, bytes, stamp: this.state.next });
  }

  cut(node: NodeId, size: number): void {
    this.#happen({ do: 'cut', node, size, stamp: this.state.next });
  }

  /** A sync that fails loses what was to become safe, and the next one knows nothing of it. */
  async sync(node: NodeId, file: string, from: number, to: number): Promise<void> {
    const before = this.state.events;
    await this.turn();
    try {
      this.check('sync', file);
    } catch (error) {
      this.#happen({ do: 'drop', node });
      throw error;
    }
    this.#happen({ do: 'sync', node, before, from, to });
    await this.turn();
  }

  async #begin(operation: string, file: string): Promise<void> {
    await this.turn();
    this.check(operation, file);
  }

  #happen(event: DiskEvent): void {
    this.log.push(event);
    this.state.apply(event);
  }

  #make(file: string, kind: 'file' | 'folder'): NodeId {
    const folder = this.#folderOf(file) ?? fail('ENOENT', file);
    const node = this.state.next;
    this.#happen({ do: 'make', node, kind, at: [{ folder, name: path.basename(file), node }] });
    return node;
  }

  async #remove(file: string, may: (node: NodeId) => boolean): Promise<boolean> {
    const [folder, node] = [this.#folderOf(file), this.#find(file)];
    if (folder === undefined || node === undefined || !may(node)) return false;
    this.#happen({ do: 'name', at: [{ folder, name: path.basename(file), node: undefined }] });
    await this.turn();
    return true;
  }

  #folderOf(file: string): NodeId | undefined {
    const node = this.#find(path.dirname(file));
    return this.state.folder(node) && node;
  }

  #find(file: string): NodeId | undefined {
    let node: NodeId | undefined = ROOT;
    for (const name of file.split(path.sep)) if (name !== '') node = this.state.folder(node)?.get(name);
    return node;
  }
}

class SimulatedFile implements OpenFile {
  readonly #disk: SimulatedDisk;
  readonly #node: NodeId;
  readonly #file: string;
  readonly #how: 'read' | 'write' | 'durable';

  constructor(disk: SimulatedDisk, node: NodeId, file: string, how: 'read' | 'write' | 'durable') {
    this.#disk = disk;
    this.#node = node;
    this.#file = file;
    this.#how = how;
  }

  get #content(): Buffer {
    return this.#disk.state.file(this.#node)?.content ?? Buffer.alloc(0);
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    await this.#disk.turn();
    this.#disk.check('read', this.#file);
    return Buffer.from(this.#content.subarray(position, position + length));
  }

  async write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    await this.#disk.turn();
    await this.#disk.write(this.#node, this.#file, chunks, position);
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    if (this.#how === 'durable') await this.#disk.sync(this.#node, this.#file, position, position + size);
  }

  async truncate(size: number): Promise<void> {
    await this.#disk.turn();
    this.#disk.check('truncate', this.#file);
    this.#disk.cut(this.#node, size);
  }

  async sync(): Promise<void> {
    await this.#disk.turn();
    await this.#disk.sync(this.#node, this.#file, 0, Infinity);
  }

  async size(): Promise<number> {
    return this.#content.length;
  }

  async close(): Promise<void> {
    await this.#disk.turn();
    this.#disk.check('close', this.#file);
  }
}
