import type { CostsReply } from "@casaforte/contract/billing";
import { localeOf, useLanguage } from "@casaforte/ui-kit";
import { Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useBillingText, useMoney } from "./billing-text.tsx";

type Day = CostsReply["days"][number];

const height = 180;
const left = 64;
/** Before the page is laid out, and the least that figures and dates fit into. */
const widths = { first: 760, min: 260 };
/** Pixels that a date and what lies beside it need. */
const dateWidth = 56;
const axis = 22;
const colors = ["cyan.6", "orange.6", "grape.6", "teal.6", "pink.6", "gray.6"] as const;
const fill = (index: number) => `var(--mantine-color-${(colors[Math.min(index, 5)] ?? "gray.6").replace(".", "-")})`;

/** Costs by day, stacked by service. The table beside it says the same. */
export function CostChart({ days, from, until }: { days: readonly Day[]; from: string; until: string }) {
  const t = useBillingText();
  const money = useMoney();
  const language = useLanguage();
  const services = [...new Map(days.map((day) => [day.serviceId, day.label])).entries()];
  const dates = daysBetween(from, until);
  const sums = dates.map((date) =>
    days.filter((day) => day.day === date).reduce((sum, day) => sum + Math.max(0, day.micros), 0),
  );
  const top = niceTop(Math.max(...sums, 1));
  const { ref, width: found } = useElementSize();
  // As wide as there is room: one unit is one pixel, so that the words are as large as the page's.
  const width = Math.max(widths.min, Math.round(found) || widths.first);
  const step = (width - left) / dates.length;
  const every = step * 5 < dateWidth ? 10 : 5;
  const y = (micros: number) => axis / 2 + (height - (micros / top) * height);
  const dayName = new Intl.DateTimeFormat(localeOf(language), { day: "numeric", month: "short", timeZone: "UTC" });
  return (
    <figure className="cf-cost-chart">
      <svg ref={ref} viewBox={`0 0 ${width} ${height + axis * 1.6}`} role="img" aria-label={t("costs.chart")}>
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line x1={left} x2={width} y1={y(top * part)} y2={y(top * part)} className="cf-chart-grid" />
            <text x={left - 8} y={y(top * part) + 4} textAnchor="end" className="cf-chart-text">
              {money.cents(Math.round((top * part) / 10_000))}
            </text>
          </g>
        ))}
        {dates.map((date, index) => {
          let below = 0;
          return services.map(([id], order) => {
            const micros = days
              .filter((day) => day.day === date && day.serviceId === id)
              .reduce((sum, day) => sum + Math.max(0, day.micros), 0);
            const bar = (
              <rect
                key={`${date}${id}`}
                x={left + index * step + step * 0.15}
                width={step * 0.7}
                y={y(below + micros)}
                height={(micros / top) * height}
                fill={fill(order)}
              />
            );
            below += micros;
            return bar;
          });
        })}
        {dates.map((date, index) =>
          index % every === 0 ? (
            <text
              key={date}
              x={left + (index + 0.5) * step}
              y={height + axis * 1.4}
              textAnchor="middle"
              className="cf-chart-text"
            >
              {dayName.format(Date.parse(date))}
            </text>
          ) : null,
        )}
      </svg>
      <Group gap="md" component="figcaption">
        {services.map(([id, label], order) => (
          <Group key={id} gap={6}>
            <svg width={12} height={12} aria-hidden>
              <rect width={12} height={12} rx={2} fill={fill(order)} />
            </svg>
            <Text size="sm">{label}</Text>
          </Group>
        ))}
      </Group>
    </figure>
  );
}

/** Civil days in Rome of a month, given its first and last instants. */
function daysBetween(from: string, until: string): string[] {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Rome" });
  const days = new Set<string>();
  for (let atMs = Date.parse(from); atMs < Date.parse(until); atMs += 6 * 3_600_000) days.add(format.format(atMs));
  return [...days];
}

/** The next of 1, 2, 5 times a power of ten. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= value) ?? 10);
}
