import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way to a database that listens on a socket of the file system, over TCP, which can be cut as a broken network cuts it. */
export class CuttableLine implements AsyncDisposable {
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.#url = url;
  }

  static async open(databaseUrl: string): Promise<CuttableLine> {
    const path = `${new URL(databaseUrl).searchParams.get("host")}/.s.PGSQL.5432`;
    const server = createServer();
    const line = new CuttableLine(server, databaseUrl);
    server.on("connection", (client) => {
      line.#clients.add(client);
      const database = connect(path);
      client.pipe(database).pipe(client);
      client.on("error", () => database.destroy()).on("close", () => line.#clients.delete(client));
      database.on("error", () => client.destroy());
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return line;
  }

  get url(): string {
    const url = new URL(this.#url);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    url.searchParams.delete("host");
    return url.href;
  }

  /** Whoever is connected is told so by an error, not by an end. */
  cut(): void {
    for (const client of this.#clients) client.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
