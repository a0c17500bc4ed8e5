import { parseMailDate } from "@casaforte/mime";

const two = (value: number): string => String(value).padStart(2, "0");
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `+0130` to minutes east of UTC; null when it is no zone. */
export function zoneMinutes(text: string): number | null {
  const match = /^([+-])(\d{2})(\d{2})$/.exec(text);
  if (!match) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === "-" ? -minutes : minutes;
}

/** The date of a field such as Date or Received (after its last semicolon); null when there is none (RFC 5260 §4). */
export function dateOfField(value: string): { readonly instantMs: number; readonly zoneMinutes: number } | null {
  const found = parseMailDate(value.slice(value.lastIndexOf(";") + 1));
  return found && { instantMs: found.instantMs, zoneMinutes: found.zoneMinutes };
}

/** One part of a date in a zone (RFC 5260 §4.2); null for a part that there is not. */
export function datePart(part: string, instantMs: number, minutes: number): string | null {
  const local = new Date(instantMs + minutes * 60_000);
  const year = String(local.getUTCFullYear()).padStart(4, "0");
  const month = two(local.getUTCMonth() + 1);
  const day = two(local.getUTCDate());
  const time = `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())}`;
  const zone = `${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}${two(Math.abs(minutes) % 60)}`;
  switch (part) {
    case "year":
      return year;
    case "month":
      return month;
    case "day":
      return day;
    case "date":
      return `${year}-${month}-${day}`;
    case "julian":
      // Days since 1858-11-17, the Modified Julian Day.
      return String(Math.floor(local.getTime() / 86_400_000) + 40_587);
    case "hour":
      return two(local.getUTCHours());
    case "minute":
      return two(local.getUTCMinutes());
    case "second":
      return two(local.getUTCSeconds());
    case "time":
      return time;
    case "iso8601":
      return `${year}-${month}-${day}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`;
    case "std11":
      return `${days[local.getUTCDay()]}, ${local.getUTCDate()} ${months[local.getUTCMonth()]} ${year} ${time} ${zone}`;
    case "zone":
      return zone;
    case "weekday":
      return String(local.getUTCDay());
    default:
      return null;
  }
}
