import assert from 'node:assert/strict';
import { test } from 'node:test';
import { element, escapeText, Xml, xml } from '../../src/dav/markup.ts';
import { qname } from '../../src/dav/names.ts';
import { Chunk, stretches } from '../../src/dav/octets.ts';

function written(markup: Xml): string {
  const chunk = new Chunk();
  for (const piece of stretches(markup)) chunk.add(piece);
  return Buffer.from(chunk.take()).toString();
}

const samples: Readonly<Record<string, Uint8Array>> = {
  'lines and markup': Buffer.from('SUMMARY:a < b && c > d\r\n x\t"y"\r\n'),
  'every octet of ASCII': Uint8Array.from({ length: 128 }, (_, i) => i),
  'letters of any script': Buffer.from('Grüße, 会議、ｆｕｌｌ 🎉\r\n'),
  'characters XML cannot hold': Buffer.from('a\u0000b\uFFFEc\uFFFFd\uFFFD\u001F'),
  'no UTF-8': Buffer.from([0x41, 0xe9, 0x0d, 0x0a, 0xed, 0xa0, 0x80, 0xff, 0x3c]),
  'a byte-order mark': Buffer.from('\uFEFFBEGIN:VCARD\r\n'),
  'more than one stretch, cut inside characters': Buffer.from('x'.concat('é€🎉\r\n&'.repeat(5000))),
  'more than one stretch, with rare ones': Buffer.from('€ｆ\uFFFE\r\n'.repeat(5000)),
};

for (const [what, octets] of Object.entries(samples)) {
  test(`octets are escaped as their text is: ${what}`, () => {
    const text = escapeText(Buffer.from(octets).toString());
    assert.equal(written(xml`<a>${octets}</a>`), `<a>${text}</a>`);
    assert.equal(xml`<a>${octets}</a>`.text, `<a>${text}</a>`);
  });
}

test('text and octets keep their order, at any depth', () => {
  const data = element(qname('D', 'a'), Buffer.from('1&'));
  const response = xml`<r>${[element(qname('D', 'b'), '<'), data]}${'>'}${data}</r>`;
  assert.equal(written(response), '<r><D:b>&lt;</D:b><D:a>1&amp;</D:a>&gt;<D:a>1&amp;</D:a></r>');
  assert.equal(response.text, written(response));
});

test('no octets are an empty element', () => {
  assert.equal(written(element(qname('D', 'a'), new Uint8Array())), '<D:a/>');
});

test('a chunk of text alone stays text, and one chunk follows another', () => {
  const chunk = new Chunk();
  chunk.add('a');
  chunk.add('ü');
  assert.equal(chunk.take(), 'aü');
  chunk.add('€');
  chunk.add(Buffer.from('\r'));
  chunk.add('b');
  assert.equal(Buffer.from(chunk.take()).toString(), '€&#13;b');
  chunk.add(new Xml('c').text);
  assert.equal(chunk.take(), 'c');
  assert.equal(chunk.take(), '');
});
