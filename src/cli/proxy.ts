import { Argument, type Command } from 'commander';
import { PROXIES, type ProxyName, proxyBlock } from '../admin/proxy-block.ts';
import { Refused } from '../admin/refused.ts';
import type { Settings } from '../config.ts';
import { parseEndpoint } from '../http/endpoint.ts';
import { dataFolder, settingsOf } from './data-option.ts';
import { addExamples } from './examples.ts';
import { tell } from './output.ts';
import { settingOption } from './setting-option.ts';

export function addProxy(parent: Command): void {
  const command = parent
    .command('proxy')
    .addArgument(new Argument('<server>', 'the web server').choices(PROXIES))
    .summary('what a web server in front needs')
    .description('Prints the whole block to paste into the configuration of a web server in front of davd.')
    .addOption(settingOption('--url <url>', 'url'))
    .addOption(settingOption('--listen <host:port>', 'listen'))
    .action(async (name: ProxyName, options: Partial<Pick<Settings, 'url' | 'listen'>>) => {
      const { url, listen } = { ...(await settingsOf(dataFolder(command))), ...options };
      if (url === '') throw new Refused('no URL is set: name the public one with --url');
      const backend = parseEndpoint(listen) ?? { host: '127.0.0.1', port: 8008 };
      tell(command, { server: name, block: proxyBlock(name, { url, backend }) }, ({ block }) =>
        block.trimEnd(),
      );
    });
  addExamples(command, 'davd proxy caddy --url https://dav.example.com');
}
