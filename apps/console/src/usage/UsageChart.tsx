import { useFormat } from "@casaforte/ui-kit";
import { useElementSize } from "@mantine/hooks";
import type { DayUsage } from "./usage-days.ts";
import { useUsageText } from "./usage-text.ts";

/** Before the page is laid out, and the least that figures and dates fit into. */
const widths = { first: 960, min: 260 };
const height = 220;
/** Pixels that two dates and what lies between them need. */
const dateWidth = 100;
const edge = { left: 76, right: 8, top: 10, bottom: 26 };
const lines = 4;

/** The next round figure for an axis: 1, 2 or 5 with zeros behind it. */
function roundUp(value: number): number {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return ([1, 2, 5, 10].find((step) => step * unit >= value) ?? 10) * unit;
}

/** What was stored at the end of each day; its table twin says the same in figures. */
export function UsageChart({ days }: { readonly days: readonly DayUsage[] }) {
  const t = useUsageText();
  const format = useFormat();
  const { ref, width: found } = useElementSize();
  // As wide as there is room: one unit is one pixel, so that the words are as large as the page's.
  const width = Math.max(widths.min, Math.round(found) || widths.first);
  const top = roundUp(Math.max(1, ...days.map((day) => day.storedBytes)));
  const x = (index: number) =>
    edge.left + (days.length < 2 ? 0.5 : index / (days.length - 1)) * (width - edge.left - edge.right);
  const y = (bytes: number) => edge.top + (1 - bytes / top) * (height - edge.top - edge.bottom);
  const path = days.map(
    (day, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${y(day.storedBytes).toFixed(1)}`,
  );
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return null;
  const middle = width - edge.left - edge.right < 3 * dateWidth ? [] : [Math.floor((days.length - 1) / 2)];
  const marks = [...new Set([0, ...middle, days.length - 1])];
  const area = `${path.join("")}L${x(days.length - 1).toFixed(1)} ${y(0)}L${x(0).toFixed(1)} ${y(0)}Z`;
  return (
    <svg
      ref={ref}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={t("usage.chart", {
        from: format.date(Date.parse(first.day)),
        to: format.date(Date.parse(last.day)),
        first: format.bytes(first.storedBytes),
        last: format.bytes(last.storedBytes),
      })}
      className="cf-chart"
    >
      {Array.from({ length: lines + 1 }, (_, index) => {
        const bytes = (top * index) / lines;
        return (
          <g key={bytes}>
            <line x1={edge.left} x2={width - edge.right} y1={y(bytes)} y2={y(bytes)} />
            <text x={edge.left - 8} y={y(bytes) + 4} textAnchor="end">
              {format.bytes(bytes)}
            </text>
          </g>
        );
      })}
      {days.length > 1 ? (
        <>
          <path d={area} data-part="area" />
          <path d={path.join("")} data-part="line" />
        </>
      ) : (
        <circle cx={x(0)} cy={y(first.storedBytes)} r="4" />
      )}
      {marks.map((index) => (
        <text
          key={index}
          x={x(index)}
          y={height - 6}
          textAnchor={
            index === 0 && days.length > 1 ? "start" : index === days.length - 1 && index > 0 ? "end" : "middle"
          }
        >
          {format.date(Date.parse(days[index]?.day ?? first.day))}
        </text>
      ))}
    </svg>
  );
}
