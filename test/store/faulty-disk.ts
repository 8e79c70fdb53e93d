import path from 'node:path';
import type { Disk, OpenFile } from '../../src/store/flat/disk.ts';
import { nodeDisk } from '../../src/store/flat/node-disk.ts';

/** What goes wrong, where: a file's name and the operation. */
export interface Faults {
  /** @returns the code of the error to fail with, or undefined. `half` writes a part first. */
  fault: (operation: string, file: string) => { code: string; half?: boolean } | undefined;
}

function fail(code: string): never {
  throw Object.assign(new Error(`${code}: made to fail`), { code });
}

/** The real disk, with errors on demand. */
export function faultyDisk(faults: Faults): Disk {
  const check = (operation: string, file: string) => {
    const fault = faults.fault(operation, path.basename(file));
    if (fault) fail(fault.code);
  };
  const wrapped = (file: string, open: OpenFile): OpenFile => ({
    read: (position, length) => open.read(position, length),
    async write(chunks, position) {
      const fault = faults.fault('write', path.basename(file));
      if (fault?.half) await open.write(chunks.slice(0, Math.ceil(chunks.length / 2)), position);
      if (fault) fail(fault.code);
      await open.write(chunks, position);
    },
    async truncate(size) {
      check('truncate', file);
      await open.truncate(size);
    },
    sync: () => open.sync(),
    size: () => open.size(),
    close: () => open.close(),
  });
  return {
    ...nodeDisk,
    async open(file, how) {
      check('open', file);
      const open = await nodeDisk.open(file, how);
      return open && wrapped(file, open);
    },
    async writeFile(file, bytes, mode) {
      check('writeFile', file);
      await nodeDisk.writeFile(file, bytes, mode);
    },
    async rename(from, to) {
      check('rename', to);
      return nodeDisk.rename(from, to);
    },
    async free(folder) {
      return faults.fault('free', path.basename(folder)) ? 0 : nodeDisk.free(folder);
    },
  };
}
