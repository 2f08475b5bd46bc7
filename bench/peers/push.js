// What both peers of benchmark prompts share: who is connected, and a publisher in front.
import http from 'node:http';

/** The sockets by the name that each has given; a value is a function that sends to it. */
export const sockets = new Map();

/** Answers POST /publish {"to"?, "message"}: to one socket, or to all of them. */
export function publisher() {
  return http.createServer((request, response) => {
    if (request.method !== 'POST' || request.url !== '/publish') {
      response.writeHead(404).end();
      return;
    }
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const order = JSON.parse(Buffer.concat(parts).toString('utf8'));
      if (order.to === undefined) {
        sockets.forEach((send) => send(order.message));
      } else {
        sockets.get(order.to)?.(order.message);
      }
      response.writeHead(200, { 'Content-Length': 0 }).end();
    });
  });
}

/** Listens, says where, and ends with the process that started it. */
export function start(server) {
  server.listen(0, '127.0.0.1', () => console.log(`  app       http://127.0.0.1:${server.address().port}`));
  process.on('SIGTERM', () => process.exit(0));
  process.stdin.on('end', () => process.exit(0)).resume();
}
