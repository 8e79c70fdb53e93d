/** What is handed out around the executable: a .tar.gz, a .deb and their checksums, the same bytes each time. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { serviceUnit } from '../../src/admin/service-unit.ts';
import { completionScript } from '../../src/cli/completion.ts';
import { manualPage } from '../../src/cli/manual.ts';
import { makeProgram } from '../../src/cli/program.ts';
import { VERSION } from '../../src/version.ts';

import type { Target } from './targets.ts';

export interface PackageOptions {
  readonly root: string;
  readonly target: Target;
  readonly executable: string;
  /** For what is made on the way. */
  readonly work: string;
  readonly out: string;
  /** Time of every file, in seconds since 1970. */
  readonly time: number;
}

/** The executable, the licence, the service, the manual page and the installer. Returns the file's path. */
export function makeArchive({ root, target, executable, work, out, time }: PackageOptions): string {
  const name = `davd-${VERSION}-${target.name}`;
  const folder = join(work, name);
  rmSync(folder, { recursive: true, force: true });
  put(folder, 'davd', 0o755, executable);
  put(folder, 'install.sh', 0o755, join(root, 'scripts', 'install.sh'));
  put(folder, 'LICENSE', 0o644, join(root, 'LICENSE'));
  write(folder, 'davd.service', serviceUnit({ executable: '/usr/local/bin/davd', data: '/var/lib/davd' }));
  write(folder, 'davd.1', manualPage(makeProgram(), dayOf(time)));
  const file = join(out, `${name}.tar.gz`);
  const tar = execFileSync(
    'tar',
    ['--sort=name', `--mtime=@${time}`, '--owner=0', '--group=0', '--numeric-owner', '-C', work, '-c', name],
    { maxBuffer: 2 ** 30 },
  );
  writeFileSync(file, gzipSync(tar, { level: 9 }));
  return file;
}

/** Where shells of Debian look for completions. */
const COMPLETIONS = {
  bash: 'bash-completion/completions/davd',
  zsh: 'zsh/vendor-completions/_davd',
  fish: 'fish/vendor_completions.d/davd.fish',
};

/** See scripts/build/debian/ for what happens when it is installed and removed. Returns the file's path. */
export function makeDebianPackage({ root, target, executable, work, out, time }: PackageOptions): string {
  const folder = join(work, `deb-${target.name}`);
  rmSync(folder, { recursive: true, force: true });
  put(folder, 'usr/bin/davd', 0o755, executable);
  put(folder, 'usr/share/doc/davd/copyright', 0o644, join(root, 'LICENSE'));
  write(
    folder,
    'usr/lib/systemd/system/davd.service',
    serviceUnit({ executable: '/usr/bin/davd', data: '/var/lib/davd' }),
  );
  for (const [shell, path] of Object.entries(COMPLETIONS)) {
    write(folder, `usr/share/${path}`, completionScript(makeProgram(), shell as keyof typeof COMPLETIONS));
  }
  write(
    folder,
    'usr/share/man/man1/davd.1.gz',
    gzipSync(manualPage(makeProgram(), dayOf(time)), { level: 9 }),
  );
  const scripts = join(root, 'scripts', 'build', 'debian');
  for (const script of ['postinst', 'prerm', 'postrm']) {
    put(folder, `DEBIAN/${script}`, 0o755, join(scripts, script));
  }
  const size = Math.ceil(readFileSync(executable).length / 1024);
  const control = readFileSync(join(scripts, 'control'), 'utf8');
  write(
    folder,
    'DEBIAN/control',
    control
      .replace('@VERSION@', VERSION)
      .replace('@ARCHITECTURE@', target.debian)
      .replace('@SIZE@', String(size)),
  );
  const file = join(out, `davd_${VERSION}_${target.debian}.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zxz', '-z2', '--build', folder, file], {
    env: { ...process.env, SOURCE_DATE_EPOCH: String(time) },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return file;
}

/** Writes SHA256SUMS beside the files, for `sha256sum -c`. Returns its path. */
export function writeChecksums(out: string, files: readonly string[]): string {
  const lines = files.map(
    (file) => `${createHash('sha256').update(readFileSync(file)).digest('hex')}  ${basename(file)}\n`,
  );
  const sums = join(out, 'SHA256SUMS');
  writeFileSync(sums, lines.join(''));
  return sums;
}

function put(folder: string, path: string, mode: number, from: string): void {
  const to = join(folder, path);
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  copyFileSync(from, to);
  chmodSync(to, mode);
}

function write(folder: string, path: string, content: string | Uint8Array): void {
  const to = join(folder, path);
  mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
  writeFileSync(to, content, { mode: 0o644 });
  chmodSync(to, 0o644);
}

function dayOf(time: number): string {
  return new Date(time * 1000).toISOString().slice(0, 10);
}
