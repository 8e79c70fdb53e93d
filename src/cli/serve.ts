import type { Command } from 'commander';
import { requireDataFolder } from '../admin/data-folder.ts';
import type { Settings } from '../config.ts';
import { actAsOwner, dataFolder } from './data-option.ts';
import { addExamples } from './examples.ts';
import { tellNext } from './output.ts';
import { runServer } from './run-server.ts';
import { fileOption, listOption, settingOption } from './setting-option.ts';

export function addServe(parent: Command): void {
  const command = parent
    .command('serve')
    .summary('run the server')
    .description('Runs the server until SIGTERM or SIGINT. SIGHUP reads the settings again.')
    .addOption(settingOption('--listen <host:port>', 'listen'))
    .addOption(listOption('--trust-proxy <cidr>', 'trustProxy'))
    .addOption(fileOption('--tls-cert <file>', 'tlsCert'))
    .addOption(fileOption('--tls-key <file>', 'tlsKey'))
    .addOption(listOption('--acme <name>', 'acme'))
    .addOption(settingOption('--acme-email <address>', 'acmeEmail'))
    .addOption(settingOption('--acme-directory <url>', 'acmeDirectory'))
    .addOption(fileOption('--acme-dns-hook <command>', 'acmeDnsHook'))
    .addOption(settingOption('--http-listen <host:port>', 'httpListen'))
    .action(async (overrides: Partial<Settings>) => {
      const { path, option } = dataFolder(command);
      await requireDataFolder(path, option);
      actAsOwner(path);
      await runServer({ data: path, overrides, ready: (url) => tellReady(command, url), hangup: 'reload' });
    });
  addExamples(command, 'davd serve --listen 127.0.0.1:8008 --trust-proxy 127.0.0.1');
}

/** With --json the address alone. */
export function tellReady(command: Command, url: string): void {
  tellNext(command, { ready: url }, () => `davd ready on ${url}`);
}
