import { type Bytes, type Connection, concatBytes, fromUtf8 } from "@casaforte/kernel";

interface MemoryConnectionOptions {
  readonly remoteAddress?: string;
  /** Whether the connection begins inside TLS. */
  readonly secure?: boolean;
  /** Whether the server can start TLS. */
  readonly startTls?: boolean;
  /** Bytes the client leaves unread before `write` asks the server to wait. */
  readonly highWaterBytes?: number;
}

/**
 * Both ends of a connection in memory: the server's is a `Connection`, the client's is this object. What the client
 * does not take stays queued and holds the server back, as a slow reader would.
 */
export class MemoryConnection {
  readonly server: Connection;
  #toServer: Bytes[] = [];
  #toClient: Bytes[] = [];
  #unreadBytes = 0;
  #highWaterBytes: number;
  #clientClosed = false;
  #serverClosed = false;
  #secure: boolean;
  #serverWaiter: ((bytes: Bytes | null) => void) | null = null;
  #clientWaiters: (() => void)[] = [];
  #drainWaiters: (() => void)[] = [];
  /** How often the server wrote: corking keeps it low. */
  writes = 0;
  /** All the server ever wrote. */
  sentBytes = 0;
  /** The most the server had queued at once. */
  unreadBytesMax = 0;

  constructor(options: MemoryConnectionOptions = {}) {
    this.#highWaterBytes = options.highWaterBytes ?? 65_536;
    this.#secure = options.secure ?? true;
    const pair = this;
    const base: Connection = {
      remoteAddress: options.remoteAddress ?? "192.0.2.7",
      get secure() {
        return pair.#secure;
      },
      read: () => pair.#read(),
      write: (bytes) => pair.#write(bytes),
      drained: () => pair.#drained(),
      close: () => pair.#close(),
    };
    this.server =
      options.startTls === true
        ? Object.defineProperty(base, "startTls", {
            value: async () => {
              pair.#toServer = [];
              pair.#secure = true;
            },
          })
        : base;
  }

  get secure(): boolean {
    return this.#secure;
  }

  /** True once the server closed its end. */
  get closed(): boolean {
    return this.#serverClosed;
  }

  /** Gives bytes to the server, in exactly this piece. */
  send(bytes: Bytes | string): void {
    const piece = typeof bytes === "string" ? Buffer.from(bytes, "utf8") : bytes;
    if (piece.length === 0) return;
    const waiter = this.#serverWaiter;
    this.#serverWaiter = null;
    if (waiter) waiter(piece);
    else this.#toServer.push(piece);
  }

  /** The client goes away. */
  end(): void {
    this.#clientClosed = true;
    this.#serverWaiter?.(null);
    this.#serverWaiter = null;
    this.#releaseDrain();
  }

  /** Everything the server wrote and nobody took; empty when there is nothing. */
  take(): Bytes {
    const bytes = concatBytes(this.#toClient);
    this.#toClient = [];
    this.#unreadBytes = 0;
    this.#releaseDrain();
    return bytes;
  }

  /** Waits until the server wrote something or closed, then takes it; null at the end. */
  async receive(): Promise<Bytes | null> {
    while (this.#toClient.length === 0) {
      if (this.#serverClosed) return null;
      await new Promise<void>((resolve) => this.#clientWaiters.push(resolve));
    }
    return this.take();
  }

  /** Takes until the server closes. */
  async receiveAll(): Promise<string> {
    const parts: Bytes[] = [];
    for (;;) {
      const bytes = await this.receive();
      if (bytes === null) return fromUtf8(concatBytes(parts));
      parts.push(bytes);
    }
  }

  #read(): Promise<Bytes | null> {
    const next = this.#toServer.shift();
    if (next) return Promise.resolve(next);
    if (this.#clientClosed || this.#serverClosed) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#serverWaiter = resolve;
    });
  }

  #write(bytes: Bytes): boolean {
    if (this.#serverClosed || this.#clientClosed || bytes.length === 0) return true;
    this.writes++;
    this.sentBytes += bytes.length;
    this.#toClient.push(bytes);
    this.#unreadBytes += bytes.length;
    this.unreadBytesMax = Math.max(this.unreadBytesMax, this.#unreadBytes);
    this.#wakeClient();
    return this.#unreadBytes < this.#highWaterBytes;
  }

  #drained(): Promise<void> {
    if (this.#serverClosed || this.#clientClosed || this.#unreadBytes < this.#highWaterBytes) return Promise.resolve();
    return new Promise((resolve) => this.#drainWaiters.push(resolve));
  }

  #close(): void {
    if (this.#serverClosed) return;
    this.#serverClosed = true;
    this.#serverWaiter?.(null);
    this.#serverWaiter = null;
    this.#wakeClient();
    this.#releaseDrain();
  }

  #wakeClient(): void {
    const waiters = this.#clientWaiters;
    this.#clientWaiters = [];
    for (const wake of waiters) wake();
  }

  #releaseDrain(): void {
    const waiters = this.#drainWaiters;
    this.#drainWaiters = [];
    for (const wake of waiters) wake();
  }
}
