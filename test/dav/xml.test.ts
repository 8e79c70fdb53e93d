import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DavError } from '../../src/dav/errors.ts';
import { document, element, xml } from '../../src/dav/markup.ts';
import { child, fromStored, parseXml, toStored } from '../../src/dav/xml.ts';

const parse = (text: string) => parseXml(Buffer.from(text));
const is400 = (error: unknown) => error instanceof DavError && error.status === 400;

test('parseXml: prefixes, default namespaces, quotes and missing declarations do not matter', () => {
  const spellings = [
    '<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>',
    "\uFEFF<propfind xmlns='DAV:'><prop><getetag></getetag></prop></propfind>",
    '\n\n  <a:propfind xmlns:a="DAV:"><b:prop xmlns:b="DAV:"><a:getetag/></b:prop></a:propfind>',
  ];
  for (const text of spellings) {
    const root = parse(text);
    assert.equal(root?.name, '{DAV:}propfind');
    assert.equal(child(child(root, '{DAV:}prop'), '{DAV:}getetag')?.name, '{DAV:}getetag');
  }
});

test('parseXml: a prefix means what is declared nearest, and attributes without one have no namespace', () => {
  const root = parse(
    '<a xmlns="urn:1" xmlns:p="urn:2"><p:b xmlns:p="urn:3" p:c="1" d="2"><p:e/><f xmlns=""/></p:b><p:b/><xml:g xml:lang="fr"/></a>',
  );
  const names = (element: typeof root): unknown => [element?.name, ...(element?.children.map(names) ?? [])];
  assert.deepEqual(names(root), [
    '{urn:1}a',
    ['{urn:3}b', ['{urn:3}e'], ['{}f']],
    ['{urn:2}b'],
    ['{http://www.w3.org/XML/1998/namespace}g'],
  ]);
  assert.deepEqual(root?.children[0]?.attributes, { '{urn:3}c': '1', d: '2' });
});

test('parseXml: UTF-16 with a byte-order mark is read', () => {
  const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<a xmlns="x">ä</a>', 'utf16le')]);
  assert.equal(parseXml(bytes)?.text, 'ä');
});

test('parseXml: an empty body is undefined', () => {
  assert.equal(parse(''), undefined);
  assert.equal(parse('  \r\n'), undefined);
});

for (const [what, text] of [
  ['an unclosed element', '<a><b></a>'],
  ['a second root', '<a/><b/>'],
  ['an undeclared prefix', '<D:a/>'],
  ['an undeclared prefix of an attribute', '<a D:b="c"/>'],
  ['a prefix that is no longer declared', '<a xmlns:D="DAV:"><D:b xmlns:D=""/></a>'],
  ['a prefix after the element that declares it', '<a><b xmlns:D="DAV:"/><D:c/></a>'],
  ['a reserved prefix with another meaning', '<a xmlns:xml="DAV:"/>'],
  ['a name with two colons', '<D:a:b xmlns:D="DAV:"/>'],
  ['a name without a prefix before its colon', '<:a/>'],
  ["attributes named as an object's methods are", '<a hasOwnProperty="b" c="d"/>'],
  ['an undeclared entity', '<a>&nbsp;</a>'],
  ['a DTD', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
  ['text without an element', 'hello'],
  ['40 levels', '<a>'.repeat(40) + '</a>'.repeat(40)],
  ['2,000 attributes', `<a ${Array.from({ length: 2000 }, (_, i) => `b${i}="c"`).join(' ')}/>`],
  [
    '2,000 namespace declarations',
    Array.from({ length: 2000 }, (_, i) => `<a xmlns:n${i}="u:${i}"/>`).join(''),
  ],
] as const) {
  test(`parseXml: ${what} is refused with 400`, () => assert.throws(() => parse(text), is400));
}

test('parseXml: bytes that are not UTF-8 are refused with 400', () => {
  assert.throws(() => parseXml(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0x3c, 0x2f, 0x61, 0x3e])), is400);
});

test('a stored property with attributes, children and foreign namespaces comes back with the same meaning', () => {
  const sent = parse(
    `<P xmlns="DAV:" xml:lang="fr"><c:color xmlns:c="http://apple.com/ns/ical/" symbolic-color="or&amp;ange" z:a="1" xmlns:z="urn:z">#FD8208FF<q xmlns="urn:q">a &lt; b</q></c:color></P>`,
  )?.children[0];
  assert.ok(sent);
  const value = toStored(sent);
  assert.equal(typeof value, 'object');
  const again = parse(document('D:prop', fromStored(sent.name, value)))?.children[0];
  assert.deepEqual(plain(again), plain(sent));
  assert.equal(again?.attributes['symbolic-color'], 'or&ange');
  assert.equal(again?.attributes['{http://www.w3.org/XML/1998/namespace}lang'], 'fr');
});

function plain(element: ReturnType<typeof parse>): unknown {
  return (
    element && {
      ...element,
      nodes: element.nodes.map((node) => (typeof node === 'string' ? node : plain(node))),
    }
  );
}

test('toStored: a property of plain text is its text', () => {
  const sent = parse('<displayname xmlns="DAV:"> Work &amp; play\n</displayname>');
  assert.ok(sent);
  assert.equal(toStored(sent), ' Work & play\n');
});

test('xml: values are escaped, CR survives, characters that XML cannot hold are dropped', () => {
  assert.equal(xml`<a>${'<b>&\r\n\u0000\u0008\ud800x😀'}</a>`.text, '<a>&lt;b&gt;&amp;&#13;\nx😀</a>');
  assert.equal(xml`<a>${xml`<b/>`}${undefined}${3}</a>`.text, '<a><b/>3</a>');
  const again = parse(document('D:a', 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'));
  assert.equal(again?.nodes.join(''), 'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n');
});

test('element: a name of an unknown namespace declares it', () => {
  const text = document('D:a', element('{urn:x"y}b', 'c'));
  assert.equal(parse(text)?.children[0]?.name, '{urn:x"y}b');
});
