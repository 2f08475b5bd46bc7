// Socket.IO over its WebSocket; a socket says its name with the event "hello".
import { Server } from 'socket.io';
import { publisher, sockets, start } from './push.js';

const server = publisher();
// Socket.IO takes the paths that are its own and leaves the publisher the others.
const push = new Server(server, { transports: ['websocket'], serveClient: false, perMessageDeflate: false });
push.on('connection', (socket) => {
  socket.once('hello', (name) => {
    sockets.set(name, (message) => socket.emit('message', message));
    socket.on('disconnect', () => sockets.delete(name));
    socket.emit('ready');
  });
});
start(server);
