const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/** Obsolete zones that mean something (RFC 5322 §4.3), in minutes; the rest count as UTC. */
const zones: Readonly<Record<string, number>> = {
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420,
};

export interface MailDate {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly instantMs: number;
  /** Days since 1970-01-01 of the day as written, zone ignored (SENTBEFORE, SENTON, SENTSINCE). */
  readonly day: number;
  /** Offset as written, minutes east of UTC. */
  readonly zoneMinutes: number;
}

/** Reads a Date field (RFC 5322 §3.3 and §4.3); null when it makes no sense. */
export function parseMailDate(value: string | null): MailDate | null {
  if (value === null) return null;
  const text = value.slice(0, 200).replace(/\([^()]*\)/g, " ");
  const match =
    /(\d{1,2})[\s-]{1,5}([A-Za-z]{3})[a-z]{0,6}\.?[\s-]{1,5}(\d{2,4})(?:\s{1,5}(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?)?\s{0,5}([+-]\d{4}|[A-Za-z]{1,5})?/.exec(
      text,
    );
  if (!match) return null;
  const month = months.indexOf((match[2] ?? "").toLowerCase());
  const written = Number(match[3]);
  const year = (match[3] ?? "").length === 4 ? written : written < 50 ? 2000 + written : 1900 + written;
  const dayOfMonth = Number(match[1]);
  const seconds = Math.min(Number(match[6] ?? 0), 59);
  if (month < 0 || dayOfMonth < 1 || dayOfMonth > 31 || Number(match[4] ?? 0) > 23 || Number(match[5] ?? 0) > 59)
    return null;
  // Beyond, a zone could push the instant over the year 9999, which no date text has room for.
  if (year < 1900 || year > 9998) return null;
  const zoneMinutes = zoneOf(match[7] ?? "");
  const midnight = Date.UTC(year, month, dayOfMonth);
  const local = midnight + (Number(match[4] ?? 0) * 60 + Number(match[5] ?? 0)) * 60_000 + seconds * 1000;
  return { instantMs: local - zoneMinutes * 60_000, day: Math.floor(midnight / 86_400_000), zoneMinutes };
}

function zoneOf(zone: string): number {
  if (/^[+-]\d{4}$/.test(zone)) {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3));
    return minutes > 24 * 60 ? 0 : zone.startsWith("-") ? -minutes : minutes;
  }
  return zones[zone.toUpperCase()] ?? 0;
}
