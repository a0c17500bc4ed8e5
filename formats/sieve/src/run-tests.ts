import { decodeHeaderText } from "@casaforte/mime";
import { type AddressPart, addressesIn, addressPart } from "./addresses.ts";
import { type Call, firstString } from "./check.ts";
import { comparisonOf, matches } from "./comparison.ts";
import { dateOfField, datePart, zoneMinutes } from "./dates.ts";
import type { Run } from "./run-state.ts";

/** Whether a test holds. @throws RunFailure. */
export function holdsTest(run: Run, test: Call): boolean {
  run.work.spend(10);
  const runTest = Object.hasOwn(tests, test.name) ? tests[test.name] : undefined;
  return runTest?.(run, test) ?? false;
}

type RunTest = (run: Run, test: Call) => boolean;

const part = (test: Call): AddressPart => {
  for (const name of ["localpart", "domain", "user", "detail"] as const) if (test.tags.has(name)) return name;
  return "all";
};

/** RFC 5260 §6: the n-th field, counted from the end with :last. */
function picked<T>(test: Call, values: readonly T[]): readonly T[] {
  const index = test.tags.get("index");
  if (index === undefined || index === true || index.kind !== "number") return values;
  const at = test.tags.has("last") ? values.length - index.value : index.value - 1;
  const value = values[at];
  return value === undefined ? [] : [value];
}

const compare = (run: Run, test: Call, values: readonly string[], keys: readonly string[]): boolean =>
  matches(values, keys, comparisonOf(test.tags), run.work, run.variables.keepCaptures);

const fieldsOf = (run: Run, test: Call, names: readonly string[]) =>
  names.flatMap((name) => {
    const field = name.toLowerCase();
    return picked(test, run.message.fields(field)).map((value) => ({ field, value }));
  });

function dateHolds(run: Run, test: Call, instantMs: number, minutes: number, at: number): boolean {
  const [wanted = ""] = run.strings(test, at);
  const value = datePart(wanted.toLowerCase(), instantMs, minutes);
  return compare(run, test, value === null ? [] : [value], run.strings(test, at + 1));
}

const zoneOf = (run: Run, test: Call): number =>
  zoneMinutes(run.text(firstString(test.tags.get("zone")) ?? "")) ?? run.environment.zoneMinutes;

const tests: Readonly<Record<string, RunTest>> = {
  true: () => true,
  false: () => false,
  not: (run, { tests: [test] }) => test !== undefined && !holdsTest(run, test),
  anyof: (run, test) => test.tests.some((inner) => holdsTest(run, inner)),
  allof: (run, test) => test.tests.every((inner) => holdsTest(run, inner)),
  exists: (run, test) => run.strings(test, 0).every((name) => run.message.fields(name.toLowerCase()).length > 0),
  size(run, test) {
    const limit = test.positional[0]?.kind === "number" ? test.positional[0].value : 0;
    return test.tags.has("over") ? run.message.sizeBytes > limit : run.message.sizeBytes < limit;
  },
  header(run, test) {
    const values = fieldsOf(run, test, run.strings(test, 0)).map(({ value }) => decodeHeaderText(value));
    return compare(run, test, values, run.strings(test, 1));
  },
  address(run, test) {
    const values = fieldsOf(run, test, run.strings(test, 0))
      .flatMap(({ field, value }) => addressesIn(field, value))
      .map((address) => addressPart(address, part(test)))
      .filter((value) => value !== null);
    return compare(run, test, values, run.strings(test, 1));
  },
  envelope(run, test) {
    const { from, to } = run.environment.envelope;
    const values = run
      .strings(test, 0)
      .map((name) => ({ from, to })[name.toLowerCase()])
      .filter((value) => value !== undefined)
      // RFC 5228 §5.4: the null sender is empty whatever part is asked for.
      .map((address) => (address === "" ? "" : addressPart(address, part(test))))
      .filter((value) => value !== null);
    return compare(run, test, values, run.strings(test, 1));
  },
  body(run, test) {
    const types = test.tags.get("content");
    const values =
      types !== undefined && types !== true && types.kind === "strings"
        ? run.message.contents(types.values.map((type) => run.text(type).toLowerCase()))
        : test.tags.has("raw")
          ? [run.message.rawBody()]
          : run.message.texts();
    // RFC 5173 §6: wildcards of a body test set no variables.
    return matches(values, run.strings(test, 0), comparisonOf(test.tags), run.work);
  },
  date(run, test) {
    const [name = ""] = run.strings(test, 0);
    const [value] = picked(test, run.message.fields(name.toLowerCase()));
    const date = value === undefined ? null : dateOfField(value);
    if (!date) return compare(run, test, [], run.strings(test, 2));
    return dateHolds(
      run,
      test,
      date.instantMs,
      test.tags.has("originalzone") ? date.zoneMinutes : zoneOf(run, test),
      1,
    );
  },
  currentdate: (run, test) => dateHolds(run, test, run.environment.nowMs, zoneOf(run, test), 0),
  environment(run, test) {
    const [name = ""] = run.strings(test, 0);
    const value = Object.hasOwn(run.environment.items, name) ? run.environment.items[name] : undefined;
    return value !== undefined && compare(run, test, [value], run.strings(test, 1));
  },
  hasflag(run, test) {
    const names = test.positional.length > 1 ? run.strings(test, 0) : null;
    const flags = names === null ? [...run.flags] : names.flatMap((name) => run.variables.get(name).split(/\s+/));
    return compare(
      run,
      test,
      flags.filter((flag) => flag !== ""),
      run.strings(test, test.positional.length - 1).flatMap((key) => key.split(/\s+/)),
    );
  },
  string: (run, test) =>
    compare(
      run,
      test,
      comparisonOf(test.tags).type === "count"
        ? run.strings(test, 0).filter((value) => value !== "")
        : run.strings(test, 0),
      run.strings(test, 1),
    ),
  mailboxexists: (run, test) => run.strings(test, 0).every((name) => run.environment.mailboxExists(name)),
  specialuse_exists(run, test) {
    const mailbox = test.positional.length > 1 ? (run.strings(test, 0)[0] ?? null) : null;
    return run.strings(test, test.positional.length - 1).every((use) => run.environment.hasSpecialUse(use, mailbox));
  },
  spamtest(run, test) {
    const percent = run.environment.spamPercent;
    // RFC 5235 §3.2: 0 says that nobody looked; else 1 to 10, or 0 to 100 with :percent.
    const value = percent === null ? 0 : test.tags.has("percent") ? percent : 1 + Math.floor((percent * 9) / 100);
    return compare(run, test, [String(Math.round(value))], run.strings(test, 0));
  },
};
