/** Equal pieces of one shared buffer, handed out and taken back: threads pass numbers, and nothing is copied or collected. */
export class SharedSlots {
  readonly memory: SharedArrayBuffer;
  readonly #slotBytes: number;
  readonly #free: number[] = [];
  #made = 0;

  constructor(slots: number, slotBytes: number) {
    // Pages of the system come with their first use: what is never handed out costs nothing.
    this.memory = new SharedArrayBuffer(slots * slotBytes);
    this.#slotBytes = slotBytes;
  }

  get isEmpty(): boolean {
    return this.#free.length === 0 && this.#made * this.#slotBytes === this.memory.byteLength;
  }

  /** Slots that are handed out. */
  get inUse(): number {
    return this.#made - this.#free.length;
  }

  take(): number | null {
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    return this.isEmpty ? null : this.#made++;
  }

  give(slot: number): void {
    this.#free.push(slot);
  }

  bytes(slot: number): Uint8Array {
    return slotBytesOf(this.memory, slot, this.#slotBytes);
  }

  /** The slot that begins where these bytes do; null when they lie elsewhere. */
  slotOf(bytes: Uint8Array): number | null {
    return bytes.buffer === this.memory ? bytes.byteOffset / this.#slotBytes : null;
  }
}

export const slotBytesOf = (memory: SharedArrayBuffer, slot: number, slotBytes: number): Uint8Array =>
  new Uint8Array(memory, slot * slotBytes, slotBytes);
