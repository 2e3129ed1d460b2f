// A collector of OpenTelemetry traces: takes OTLP over HTTP in its JSON form, as the protocol has it, and
// shows on GET / what it was sent. Prints its port; ends when its parent lets go of it.
import { createServer } from 'node:http';

/** @type {unknown[]} */
const bodies = [];

const server = createServer((req, res) => {
  if (req.method === 'GET') return void res.end(JSON.stringify(bodies));
  /** @type {Buffer[]} */
  const pieces = [];
  req.on('data', (piece) => pieces.push(piece));
  req.on('end', () => {
    const isOtlp =
      req.url === '/v1/traces' &&
      req.headers['content-type'] === 'application/json' &&
      req.headers['x-collector-key'] === process.env.COLLECTOR_KEY;
    if (!isOtlp) return void res.writeHead(400).end();
    bodies.push(JSON.parse(Buffer.concat(pieces).toString('utf8')));
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"partialSuccess":{}}');
  });
});

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`${address?.port}\n`);
});
process.stdin.on('end', () => process.exit()).resume();
