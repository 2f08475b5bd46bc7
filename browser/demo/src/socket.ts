// A page's socket: the bridge's frames over a raw WebSocket, opened again with growing pauses.

export type Frame = { type: string; address?: string; body?: unknown };

export interface SocketHandlers {
  /** A message on an address that the page registered. */
  message(address: string, body: Record<string, unknown>): void;
  state(connected: boolean): void;
  /** A user token that is valid now. */
  token(): Promise<{ token: string; expires_at: number }>;
}

const ADDRESSES = ['me.prompts', 'me.entitlements', 'public.flags'];
const PING_MS = 5_000;
const LONGEST_PAUSE_MS = 10_000;
const RENEW_BEFORE_MS = 60_000;

export class GrowthSocket {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private closed = false;
  private timers: ReturnType<typeof setInterval>[] = [];

  constructor(
    private readonly url: string,
    private readonly handlers: SocketHandlers,
  ) {}

  async open(): Promise<void> {
    try {
      const { token, expires_at } = await this.handlers.token();
      if (this.closed) return;
      const socket = new WebSocket(this.url);
      socket.binaryType = 'arraybuffer';
      this.socket = socket;
      socket.onopen = () => this.opened(socket, token, expires_at);
      socket.onmessage = (event) => this.received(event.data);
      socket.onclose = () => this.lost();
    } catch {
      // The node does not answer yet; it is asked again like after a lost connection.
      this.lost();
    }
  }

  send(address: string, body: Record<string, unknown>): void {
    this.frame({ type: 'send', address, body });
  }

  close(): void {
    this.closed = true;
    this.stopTimers();
    this.socket?.close();
  }

  private opened(socket: WebSocket, token: string, expiresAt: number): void {
    this.attempt = 0;
    for (const address of ADDRESSES) {
      socket.send(
        JSON.stringify({ type: 'register', address, headers: { authorization: `Bearer ${token}` } }),
      );
    }
    this.timers.push(setInterval(() => this.frame({ type: 'ping' }), PING_MS));
    const renewIn = Math.max(1_000, expiresAt - Date.now() - RENEW_BEFORE_MS);
    this.timers.push(setTimeout(() => void this.renew(), Math.min(renewIn, 2 ** 31 - 1)));
    this.handlers.state(true);
  }

  private async renew(): Promise<void> {
    try {
      const { token } = await this.handlers.token();
      this.send('me.session', { token });
    } catch {
      // The server closes the socket when the token ends; opening it again fetches a new one.
    }
  }

  private received(data: unknown): void {
    const text = typeof data === 'string' ? data : new TextDecoder().decode(data as ArrayBuffer);
    const frame = JSON.parse(text) as Frame;
    if (frame.type === 'rec' && frame.address && frame.body && typeof frame.body === 'object') {
      this.handlers.message(frame.address, frame.body as Record<string, unknown>);
    }
  }

  private frame(frame: Frame): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  private lost(): void {
    this.stopTimers();
    if (this.closed) return;
    this.handlers.state(false);
    const most = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** this.attempt++);
    setTimeout(() => void this.open(), most / 2 + (Math.random() * most) / 2);
  }

  private stopTimers(): void {
    this.timers.forEach((timer) => clearInterval(timer));
    this.timers = [];
  }
}
