/** What a conversation expects of an answer, held against the answer. */

import assert from 'node:assert/strict';
import { child, type Element } from '../../src/dav/xml.ts';
import {
  checkMultistatus,
  clark,
  descendants,
  type Multistatus,
  type Response,
  readMultistatus,
  readXml,
  responseOf,
  textOf,
} from '../multistatus.ts';
import type { TestReply } from '../server.ts';
import { bodyOf, type Expectation, type Expected, type Variables, type WireRequest } from './conversation.ts';

/** Asserts that a reply is as expected; what `>` captures goes into `variables`. */
export function checkReply(
  reply: TestReply,
  expected: Expected,
  request: WireRequest,
  variables: Variables,
): void {
  const statuses = expected.status.split('|').map(Number);
  assert.ok(
    statuses.includes(reply.status),
    `${reply.status} instead of ${expected.status}: ${reply.text()}`,
  );
  for (const line of expected.headers) checkText(line, reply.headers[line.name.toLowerCase()], variables);
  if (reply.status === 207) checkMultistatus(reply.body, reply.headers['content-type'], wantsLess(request));
  const hrefs: string[] = [];
  let response: Response | undefined;
  for (const line of expected.body) {
    if (line.indented) {
      assert.ok(response, `"${line.name}" stands below no href`);
      checkProperty(line, response, variables);
    } else if (line.name.startsWith('/')) {
      response = checkPresence(line, readMultistatus(reply.body));
      hrefs.push(line.name);
    } else checkWhole(line, reply, hrefs, variables);
  }
}

function wantsLess({ headers }: WireRequest): boolean {
  return headers.some(([name, value]) =>
    /^(?:prefer: return[=-]minimal|brief: t)$/i.test(`${name}: ${value}`),
  );
}

/** A line about the answer as a whole. */
function checkWhole(
  line: Expectation,
  reply: TestReply,
  hrefs: readonly string[],
  variables: Variables,
): void {
  if (line.prefix === 'error') checkError(line, readXml(reply.body), variables);
  else if (line.name === 'body') checkText(line, reply.text() || undefined, variables);
  else if (line.name === 'root') checkElement(line, readXml(reply.body), variables);
  else {
    const { responses, token } = readMultistatus(reply.body);
    const others = responses.map((r) => r.href).filter((href) => !hrefs.includes(href));
    if (line.name === 'responses') checkText(line, String(responses.length), variables);
    else if (line.name === 'sync-token') checkText(line, token, variables);
    else if (line.prefix === 'no' && line.name === 'other') assert.deepEqual(others, []);
    else assert.fail(`"${line.prefix} ${line.name}" is about no part of an answer`);
  }
}

/** `error C:valid-calendar-data ~ line 3`: the condition, and the sentence that comes with it. */
function checkError(line: Expectation, root: Element, variables: Variables): void {
  assert.equal(root.name, clark('D:error'));
  if (line.name !== 'none') assert.ok(child(root, clark(line.name)), `${line.name} in ${textOf(root)}`);
  if (line.operator !== '') checkText({ ...line, prefix: '' }, textOf(root), variables);
}

function checkPresence(line: Expectation, multistatus: Multistatus): Response | undefined {
  if (line.prefix !== 'no') return responseOf(multistatus, line.name);
  const hrefs = multistatus.responses.map((r) => r.href);
  assert.ok(!hrefs.includes(line.name), `a response for ${line.name}`);
  return undefined;
}

/** A line about a response: its own status, or a property. */
function checkProperty(line: Expectation, response: Response, variables: Variables): void {
  const { prefix, name } = line;
  const property = prefix === 'status' ? undefined : response.properties.get(clark(name));
  const what = `${name} of ${response.href}`;
  if (prefix === 'status') assert.equal(response.status, Number(name), response.href);
  else if (prefix === 'no') assert.equal(property, undefined, what);
  else {
    assert.equal(property?.status, Number(prefix || 200), what);
    if (property) checkElement({ ...line, prefix: '' }, property.element, variables);
  }
}

function checkElement(line: Expectation, element: Element, variables: Variables): void {
  if (line.operator !== 'has') {
    checkText(line, textOf(element), variables);
    return;
  }
  for (const wanted of line.value.split(/ +/)) {
    const [, name = '', attribute, value] = /^(.+?)(?:\[(.+)=(.+)\])?$/.exec(wanted) ?? [];
    const found = [element, ...descendants(element)].some(
      (e) => e.name === clark(name) && (attribute === undefined || e.attributes[attribute] === value),
    );
    assert.ok(found, `${line.name} has no ${wanted}`);
  }
}

function checkText(line: Expectation, text: string | undefined, variables: Variables): void {
  const { prefix, name, operator, value } = line;
  if (prefix === 'no') {
    assert.equal(text, undefined, `there is a ${name}`);
    return;
  }
  assert.ok(text !== undefined, `there is no ${name}`);
  if (operator === '=') assert.equal(text, value, name);
  else if (operator === '!=') assert.notEqual(text, value, name);
  else if (operator === '~') assert.match(text, new RegExp(value, 's'), name);
  else if (operator === '<') assert.equal(text.trimEnd(), fileText(value, variables), name);
  else if (operator === '>') variables.set(value, text);
  else if (operator === 'has') {
    const tokens = text.split(/, */);
    for (const token of value.split(/, */)) assert.ok(tokens.includes(token), `${token} in ${name}: ${text}`);
  }
}

function fileText(file: string, variables: Variables): string {
  return Buffer.from(bodyOf(`< ${file}`, variables))
    .toString('utf8')
    .trimEnd();
}
