/** Something to go to or to do. */
export interface PaletteEntry {
  readonly id: string;
  readonly label: string;
  /** Beside the label: a number, an address, whose it is. */
  readonly hint?: string;
  readonly go: () => void;
}

export interface PaletteGroup {
  readonly label: string;
  readonly entries: readonly PaletteEntry[];
}

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** The entries in which each word of the text stands, however it is accented; groups without any are left out. */
export function matchEntries(groups: readonly PaletteGroup[], text: string): readonly PaletteGroup[] {
  const words = plain(text).split(/\s+/);
  return groups.flatMap(({ label, entries }) => {
    const found = entries.filter((entry) => {
      const whole = plain(`${entry.label} ${entry.hint ?? ""} ${label}`);
      return words.every((word) => whole.includes(word));
    });
    return found.length === 0 ? [] : [{ label, entries: found }];
  });
}
