// sockjs-node: its raw WebSocket; the first message of a socket is its name.
import sockjs from 'sockjs';
import { publisher, sockets, start } from './push.js';

const server = publisher();
const push = sockjs.createServer({ prefix: '/push', log: () => {} });
push.on('connection', (connection) => {
  connection.once('data', (name) => {
    sockets.set(name, (message) => connection.write(JSON.stringify(message)));
    connection.on('close', () => sockets.delete(name));
    connection.write('{"ready":true}');
  });
});
push.installHandlers(server);
start(server);
