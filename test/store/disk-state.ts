/**
 * A disk as processes see it, and beside it what of that is safe. Contents become safe with a sync of the file, names with
 * a sync of the folder; a power cut keeps any part of the rest.
 */

export type NodeId = number;

/** A name of a folder that gets another node, or none. */
export interface Named {
  readonly folder: NodeId;
  readonly name: string;
  readonly node: NodeId | undefined;
}

/** One thing that happens to a disk. `stamp` stands for the times of a file and never comes twice. */
export type DiskEvent =
  | {
      readonly do: 'make';
      readonly node: NodeId;
      readonly kind: 'file' | 'folder';
      readonly at: readonly Named[];
    }
  | { readonly do: 'name'; readonly at: readonly Named[] }
  | {
      readonly do: 'write';
      readonly node: NodeId;
      readonly position: number;
      readonly bytes: Buffer;
      readonly stamp: number;
    }
  | { readonly do: 'cut'; readonly node: NodeId; readonly size: number; readonly stamp: number }
  /** What was done to the node before that event is safe; of a file's octets only those in [from, to). */
  | {
      readonly do: 'sync';
      readonly node: NodeId;
      readonly before: number;
      readonly from: number;
      readonly to: number;
    }
  /** A sync failed: what wasn't safe will never be written, though processes go on seeing it. */
  | { readonly do: 'drop'; readonly node: NodeId };

/** What is found after a crash. */
export interface FileImage {
  readonly id: NodeId;
  readonly content: Buffer;
  readonly stamp: number;
}
export interface FolderImage {
  readonly id: NodeId;
  readonly entries: ReadonlyMap<string, FileImage | FolderImage>;
}
export interface Image {
  readonly root: FolderImage;
  /** Ids and stamps from here on are new. */
  readonly next: number;
}

/** Decides what a power cut leaves. */
export interface Chance {
  /** Whether a change of names reached the disk. */
  name(): boolean;
  /** How many of a file's latest changes of size and times did. */
  meta(changes: number): number;
  /** Whether a sector did. */
  sector(): boolean;
}

/** A piece of a write, or, without bytes, a new size. */
interface Step {
  readonly event: number;
  readonly stamp: number;
  readonly size: number;
  readonly position: number;
  readonly bytes: Buffer | undefined;
}

interface FileNode {
  readonly id: NodeId;
  content: Buffer;
  stamp: number;
  safe: { content: Buffer; stamp: number };
  pending: readonly Step[];
  dropped: readonly Step[];
}

interface FolderNode {
  readonly id: NodeId;
  readonly entries: Map<string, NodeId>;
  readonly safe: Map<string, NodeId>;
}

interface Naming {
  readonly event: number;
  readonly at: readonly Named[];
}

export const ROOT = 0;
export const EMPTY: Image = { root: { id: ROOT, entries: new Map() }, next: 1 };
const SECTOR = 512;
/** A large write is torn into no more pieces than this. */
const PIECES = 16;
const NOTHING = Buffer.alloc(0);

export class DiskState {
  /** Events so far. */
  events = 0;
  next: number;
  /** Octets of all files. */
  used = 0;
  readonly #files = new Map<NodeId, FileNode>();
  readonly #folders = new Map<NodeId, FolderNode>();
  #namings: readonly Naming[] = [];

  constructor(image: Image) {
    this.next = image.next;
    this.#load(image.root);
  }

  apply(event: DiskEvent): void {
    this.events++;
    switch (event.do) {
      case 'make':
        if (event.kind === 'folder') this.#addFolder(event.node, []);
        else this.#addFile({ id: event.node, content: NOTHING, stamp: 0 });
        this.#name(event.at);
        return;
      case 'name':
        this.#name(event.at);
        return;
      case 'write':
        this.#write(this.#fileOf(event.node), event.position, event.bytes, event.stamp);
        return;
      case 'cut':
        this.#cut(this.#fileOf(event.node), event.size, event.stamp);
        return;
      case 'sync':
        if (this.#folders.has(event.node)) this.#syncFolder(event.node, event.before);
        else this.#syncFile(this.#fileOf(event.node), event.before, event.from, event.to);
        return;
      case 'drop': {
        const file = this.#fileOf(event.node);
        file.dropped = [...file.dropped, ...file.pending.filter(({ bytes }) => bytes)];
        file.pending = file.pending.filter(({ bytes }) => !bytes);
        return;
      }
    }
  }

  file(id: NodeId | undefined): { readonly content: Buffer; readonly stamp: number } | undefined {
    return id === undefined ? undefined : this.#files.get(id);
  }

  folder(id: NodeId | undefined): ReadonlyMap<string, NodeId> | undefined {
    return id === undefined ? undefined : this.#folders.get(id)?.entries;
  }

  /** What the end of all processes leaves: everything as it is, what isn't safe still not safe. */
  clone(): DiskState {
    const copy = new DiskState({ ...EMPTY, next: this.next });
    copy.events = this.events;
    copy.used = this.used;
    copy.#namings = this.#namings;
    for (const [id, file] of this.#files) copy.#files.set(id, { ...file });
    for (const [id, { entries, safe }] of this.#folders)
      copy.#folders.set(id, { id, entries: new Map(entries), safe: new Map(safe) });
    return copy;
  }

  /** Everything is safe. */
  settled(): DiskState {
    return new DiskState(this.seen());
  }

  /** What processes see. */
  seen(): Image {
    const files = new Map([...this.#files].map(([id, { content, stamp }]) => [id, { id, content, stamp }]));
    return this.#image(new Map([...this.#folders].map(([id, { entries }]) => [id, entries])), files);
  }

  /** What a power cut leaves. */
  afterPowerCut(chance: Chance): Image {
    const names = new Map([...this.#folders].map(([id, { safe }]) => [id, new Map(safe)]));
    for (const naming of this.#namings) if (chance.name()) rename(names, naming.at);
    const files = new Map([...this.#files].map(([id, file]) => [id, remains(file, chance)]));
    return this.#image(names, files);
  }

  #load(folder: FolderImage): void {
    const entries = [...folder.entries].map(([name, { id }]): [string, NodeId] => [name, id]);
    this.#addFolder(folder.id, entries);
    for (const node of folder.entries.values()) {
      if ('entries' in node) this.#load(node);
      else this.#addFile(node);
    }
  }

  #addFolder(id: NodeId, entries: readonly [string, NodeId][]): void {
    this.next = Math.max(this.next, id + 1);
    this.#folders.set(id, { id, entries: new Map(entries), safe: new Map(entries) });
  }

  #addFile({ id, content, stamp }: FileImage): void {
    this.next = Math.max(this.next, id + 1);
    this.used += content.length;
    this.#files.set(id, { id, content, stamp, safe: { content, stamp }, pending: [], dropped: [] });
  }

  #fileOf(id: NodeId): FileNode {
    const file = this.#files.get(id);
    if (!file) throw new Error(`there is no file ${id}`);
    return file;
  }

  #name(at: readonly Named[]): void {
    for (const { folder, name, node } of at) {
      const entries = this.#folders.get(folder)?.entries;
      const before = entries?.get(name);
      const moves = at.some((other) => other.node === before);
      if (before !== undefined && !moves) this.used -= this.#files.get(before)?.content.length ?? 0;
      if (node === undefined) entries?.delete(name);
      else entries?.set(name, node);
    }
    this.#namings = [...this.#namings, { event: this.events, at }];
  }

  #write(file: FileNode, position: number, bytes: Buffer, stamp: number): void {
    const before = file.content.length;
    file.content = overwritten(file.content, position, bytes);
    file.stamp = stamp;
    this.next = Math.max(this.next, stamp + 1);
    this.used += file.content.length - before;
    const steps: Step[] = [];
    for (const piece of pieces(position, bytes)) {
      const size = Math.max(before, piece.position + piece.bytes.length);
      steps.push({ event: this.events, stamp, size, ...piece });
    }
    file.pending = [...file.pending, ...steps];
  }

  #cut(file: FileNode, size: number, stamp: number): void {
    this.used += size - file.content.length;
    file.content = resized(file.content, size);
    file.stamp = stamp;
    this.next = Math.max(this.next, stamp + 1);
    file.pending = [...file.pending, { event: this.events, stamp, size, position: 0, bytes: undefined }];
  }

  #syncFile(file: FileNode, before: number, from: number, to: number): void {
    const covered = ({ event, position, bytes }: Step) =>
      event <= before && (!bytes || (position < to && position + bytes.length > from));
    const done = file.pending.filter(covered);
    const last = done.at(-1);
    if (!last) return;
    let { content } = file.safe;
    for (const step of done) content = stepped(content, step);
    file.safe = { content, stamp: last.stamp };
    file.pending = file.pending.filter((step) => !covered(step));
    file.dropped = file.dropped.filter((lost) => !done.some((step) => replaces(step, lost)));
  }

  /** A change of names goes with what was done before to the same node: no disk has a file twice after a crash. */
  #syncFolder(folder: NodeId, before: number): void {
    const nodes = new Set<NodeId>();
    const done = new Set<Naming>();
    for (const naming of [...this.#namings].reverse()) {
      if (naming.event > before) continue;
      const here = naming.at.some((one) => one.folder === folder);
      if (!here && !naming.at.some(({ node }) => node !== undefined && nodes.has(node))) continue;
      done.add(naming);
      for (const { node } of naming.at) if (node !== undefined) nodes.add(node);
    }
    const names = new Map([...this.#folders].map(([id, { safe }]) => [id, safe]));
    for (const naming of this.#namings) if (done.has(naming)) rename(names, naming.at);
    this.#namings = this.#namings.filter((naming) => !done.has(naming));
  }

  #image(
    names: ReadonlyMap<NodeId, ReadonlyMap<string, NodeId>>,
    files: ReadonlyMap<NodeId, FileImage>,
  ): Image {
    const build = (id: NodeId): FolderImage => {
      const entries = new Map<string, FileImage | FolderImage>();
      for (const [name, node] of names.get(id) ?? []) {
        const file = files.get(node);
        entries.set(name, file ?? build(node));
      }
      return { id, entries };
    };
    return { root: build(ROOT), next: this.next };
  }
}

/** Gives names other nodes; whatever gets a name loses the one it had. */
function rename(names: Map<NodeId, Map<string, NodeId>>, at: readonly Named[]): void {
  for (const { folder, name, node } of at) {
    if (node !== undefined) {
      for (const entries of names.values())
        for (const [other, own] of entries) if (own === node) entries.delete(other);
    }
    if (node === undefined) names.get(folder)?.delete(name);
    else names.get(folder)?.set(name, node);
  }
}

function remains({ id, safe, pending, dropped }: FileNode, chance: Chance): FileImage {
  const steps = [...dropped, ...pending];
  if (steps.length === 0) return { id, ...safe };
  const kept = chance.meta(steps.length);
  let { content } = safe;
  steps.forEach((step, i) => {
    if (step.bytes ? chance.sector() : i < kept) content = stepped(content, step);
  });
  const last = steps[kept - 1];
  return {
    id,
    content: resized(content, last?.size ?? safe.content.length),
    stamp: last?.stamp ?? safe.stamp,
  };
}

/** What a later step leaves nothing of. */
function replaces({ bytes, position, size }: Step, lost: Step): boolean {
  if (!bytes) return size <= lost.position;
  return position < lost.position + (lost.bytes?.length ?? 0) && position + bytes.length > lost.position;
}

function stepped(content: Buffer, { bytes, position, size }: Step): Buffer {
  return bytes ? overwritten(content, position, bytes) : resized(content, size);
}

function overwritten(content: Buffer, position: number, bytes: Buffer): Buffer {
  const wider = resized(content, Math.max(content.length, position + bytes.length), true);
  bytes.copy(wider, position);
  return wider;
}

function resized(content: Buffer, size: number, copy = false): Buffer {
  if (content.length === size && !copy) return content;
  const other = Buffer.alloc(size);
  content.copy(other);
  return other;
}

function* pieces(position: number, bytes: Buffer): Generator<{ position: number; bytes: Buffer }> {
  const step = SECTOR * Math.max(1, Math.ceil(bytes.length / SECTOR / PIECES));
  for (let start = 0; start < bytes.length; ) {
    const end = Math.min(bytes.length, start + step - ((position + start) % SECTOR));
    yield { position: position + start, bytes: bytes.subarray(start, end) };
    start = end;
  }
}
