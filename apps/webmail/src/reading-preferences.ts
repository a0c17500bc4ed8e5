import { useSyncExternalStore } from "react";

/** How this browser shows mail; nothing of the person. */
export interface ReadingPreferences {
  readonly conversations: boolean;
  readonly singleKeys: boolean;
}

const key = "cf_reading";
const defaults: ReadingPreferences = { conversations: true, singleKeys: true };
const listeners = new Set<() => void>();
let current: ReadingPreferences | null = null;

function read(): ReadingPreferences {
  if (current !== null) return current;
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<ReadingPreferences>;
    current = {
      conversations: kept.conversations !== false,
      singleKeys: kept.singleKeys !== false,
    };
  } catch {
    current = defaults;
  }
  return current;
}

export function changeReadingPreferences(change: Partial<ReadingPreferences>): void {
  current = { ...read(), ...change };
  localStorage.setItem(key, JSON.stringify(current));
  for (const listener of listeners) listener();
}

export function useReadingPreferences(): ReadingPreferences {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);
}
