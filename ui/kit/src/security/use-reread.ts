import { useCallback, useEffect, useState } from "react";

/** A value read from the server, null until it is there, and a way to read it again. Trouble leaves what was. */
export function useReread<Value>(read: () => Promise<Value>): readonly [Value | null, () => void] {
  const [value, setValue] = useState<Value | null>(null);
  const again = useCallback(() => {
    read()
      .then(setValue)
      .catch(() => undefined);
  }, [read]);
  useEffect(again, [again]);
  return [value, again];
}
