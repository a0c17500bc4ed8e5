import type { Container } from "@casaforte/vbk";

/**
 * Files that points share, each opened once: its metadata is as large as a ten-thousandth of what it holds. Those of the
 * last two points stay open, since whoever goes from point to point compares one with the next.
 */
export class OpenedFiles implements Disposable {
  readonly #opened = new Map<string, Promise<Container>>();
  #last: readonly string[] = [];

  /** @throws what `opening` throws; the next who asks tries again. */
  open(fileId: string, opening: () => Promise<Container>): Promise<Container> {
    const known = this.#opened.get(fileId);
    if (known !== undefined) return known;
    const opened = opening();
    this.#opened.set(fileId, opened);
    opened.catch(() => this.#opened.delete(fileId));
    return opened;
  }

  /** The files of a point that was opened; what neither it nor the one before needs is closed. */
  keep(fileIds: readonly string[]): void {
    const needed = new Set([...this.#last, ...fileIds]);
    for (const fileId of this.#opened.keys()) if (!needed.has(fileId)) this.#close(fileId);
    this.#last = fileIds;
  }

  [Symbol.dispose](): void {
    for (const fileId of this.#opened.keys()) this.#close(fileId);
  }

  #close(fileId: string): void {
    const opened = this.#opened.get(fileId);
    this.#opened.delete(fileId);
    void opened?.then(
      (container) => container.close(),
      () => undefined,
    );
  }
}
