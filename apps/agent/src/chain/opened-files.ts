import type { Container } from "@casaforte/vbk";

/** Files that points share, each opened once: its metadata is a ten-thousandth of what it holds. */
export class OpenedFiles {
  readonly #opened = new Map<string, Promise<Container>>();

  /** @throws what `opening` throws; the next who asks tries again. */
  open(fileId: string, opening: () => Promise<Container>): Promise<Container> {
    const known = this.#opened.get(fileId);
    if (known !== undefined) return known;
    const opened = opening();
    this.#opened.set(fileId, opened);
    opened.catch(() => this.#opened.delete(fileId));
    return opened;
  }

  /** Closes all but these. */
  async keep(needed: readonly Container[]): Promise<void> {
    for (const [fileId, opened] of [...this.#opened]) {
      const container = await opened.catch(() => null);
      if (container === null || needed.includes(container)) continue;
      this.#opened.delete(fileId);
      container.close();
    }
  }
}
