import type { WholeCollection } from '../dav/protocol.ts';

/** An address book as one file: its cards one after the other (RFC 6350 §3.3), as they are stored. */
export const exportAddressBook: WholeCollection = {
  contentType: 'text/vcard; charset=utf-8',
  write: (_, objects) => cards(objects),
};

async function* cards(objects: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const bytes of objects) {
    yield bytes;
    if (bytes.at(-1) !== 0x0a) yield Buffer.from('\r\n');
  }
}
