import type { SimRandom } from "../support/seed.test-support.ts";

const mutatedBytesMax = 64 * 1024;

const tokens = [
  "\0",
  "\r\n",
  "\r",
  "\n\n",
  "--",
  '"',
  "\\",
  "(",
  ")",
  "{5}\r\n",
  "=?utf-8?q?",
  "?=",
  "%",
  "*",
  "&",
  "<",
  ">",
  "]]>",
  "[",
  "]",
  "ÿ",
  "9".repeat(25),
  "-1",
];

/** One to six edits: bits, cuts, repetitions, pieces of another input, bytes that mean something somewhere. */
export function mutate(random: SimRandom, bytes: Buffer, other: Buffer): Buffer {
  let made = Buffer.from(bytes);
  const at = () => random.between(0, made.length);
  for (let edit = random.between(1, 6); edit > 0; edit--) {
    const [from, to] = [at(), at()].toSorted((a, b) => a - b) as [number, number];
    const [before, inside, after] = [made.subarray(0, from), made.subarray(from, to), made.subarray(to)];
    const kind = random.between(0, 5);
    if (kind === 0 && made.length > 0) {
      const place = random.between(0, made.length - 1);
      made[place] = (made[place] ?? 0) ^ (1 << random.between(0, 7));
    } else if (kind === 1) made = Buffer.concat([before, after]);
    else if (kind === 2)
      made = Buffer.concat([before, ...Array(random.between(2, 40)).fill(inside.subarray(0, 400)), after]);
    else if (kind === 3) {
      const start = random.between(0, other.length);
      made = Buffer.concat([before, other.subarray(start, start + random.between(0, 200)), made.subarray(from)]);
    } else {
      const token = Buffer.from(tokens[random.between(0, tokens.length - 1)] ?? "", "latin1");
      const times = kind === 4 ? 1 : random.between(2, 300);
      made = Buffer.concat([before, ...Array(times).fill(token), made.subarray(from)]);
    }
    made = made.subarray(0, mutatedBytesMax);
  }
  return made;
}

const strangeValues: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  2 ** 31,
  2 ** 53 - 1,
  2 ** 53,
  1e300,
  "",
  " ",
  "\0",
  "\ud800",
  "\u2028\u202e",
  "a".repeat(20_000),
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999999Z",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "f".repeat(64),
  [],
  {},
  JSON.parse('{"__proto__":{"a":1},"constructor":null,"toString":1}'),
];

/** JSON in which one to three values are others, are gone or are there more often; now and then bytes that are none. */
export function mutateJson(random: SimRandom, bytes: Buffer, other: Buffer): Buffer {
  const top = random.next() % 4 === 0 ? null : holderOf(bytes);
  if (top === null) return mutate(random, bytes, other);
  for (let edit = random.between(1, 3); edit > 0; edit--) {
    const places = placesOf(top);
    const place: Place = places[random.between(0, places.length - 1)] ?? [top, "value"];
    const [holder, key] = place;
    const kind = random.between(0, 5);
    if (kind === 0 && holder !== top) delete holder[key];
    else if (kind === 1) holder[key] = [holder[key], holder[key]];
    else if (kind === 2) holder[`${key}x`] = 1;
    // A copy: the next edit may go into it.
    else holder[key] = structuredClone(strangeValues[random.between(0, strangeValues.length - 1)]);
  }
  return Buffer.from(JSON.stringify(top.value));
}

type Holder = Record<string, unknown>;
type Place = readonly [holder: Holder, key: string];

/** Null for what was kept because it is no JSON. */
function holderOf(bytes: Buffer): Holder | null {
  try {
    return { value: JSON.parse(bytes.toString("utf8")) as unknown };
  } catch {
    return null;
  }
}

/** Everything that has a name or a number inside a value. */
function placesOf(holder: Holder): readonly Place[] {
  return Object.entries(holder).flatMap(([key, value]) => [
    [holder, key] as Place,
    ...(typeof value === "object" && value !== null ? placesOf(value as Holder) : []),
  ]);
}
