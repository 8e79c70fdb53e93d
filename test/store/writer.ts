/** Puts, replaces and deletes from eight writers at once until it is killed, and tells each answer on standard output. */
import { openFlatStore } from '../../src/store/flat/open.ts';
import { factsOf, known, object } from './contract.ts';

const [folder = '', round = ''] = process.argv.slice(2);
const store = await openFlatStore({ folder, factsOf });
const calendar = known(await store.collection({ user: 'ann', kind: 'calendar' }, 'default'));

async function write(writer: number): Promise<void> {
  for (let i = 0; ; i++) {
    const name = `${round}-${writer}-${i % 40}.ics`;
    if (i % 7 === 6) {
      const [outcome] = await store.commit([{ do: 'delete', collection: calendar.id, name }]).catch(() => []);
      if (outcome) process.stdout.write(`${name} ${i} gone\n`);
      continue;
    }
    const text = `${name} ${i} `.repeat(1 + ((i * 7 + writer) % 300));
    const [outcome] = await store.commit([
      { do: 'put', collection: calendar.id, name, ...object(name, text) },
    ]);
    process.stdout.write(`${name} ${i} ${outcome?.etag}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
