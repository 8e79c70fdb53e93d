/**
 * What Node's own HTTP server does at all, as a process of its own: reads the body, then answers a PUT with 201, a GET of
 * /<octets> with so many octets, anything else with 2 KB.
 */
import { createServer } from 'node:http';

const ANSWER = Buffer.alloc(2048, 'x');
const bodies = new Map<string, Buffer>();

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url = '' } = request;
    if (method === 'PUT') {
      response.writeHead(201, { 'Content-Length': '0' }).end();
      return;
    }
    const body = method === 'GET' ? octets(url) : ANSWER;
    response.writeHead(207, { 'Content-Type': 'text/xml', 'Content-Length': String(body.length) }).end(body);
  });
});

function octets(url: string): Buffer {
  const known = bodies.get(url) ?? Buffer.alloc(Number(url.slice(1)), 'x');
  bodies.set(url, known);
  return known;
}

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
process.on('disconnect', () => process.exit());
