import { localeOf, ProblemAlert, useFormat, useLanguage } from "@casaforte/ui-kit";
import { Button, Group, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { pointTimesQuery } from "../queries.ts";
import { useT } from "../translate.ts";
import { countsByDay, type DayCount, type Month, monthAfter, monthOf, monthRange, weeksOf } from "./calendar-month.ts";

/** Seven days from any Monday, for their names. */
const weekdays = Array.from({ length: 7 }, (_, index) => Date.UTC(2024, 0, 1 + index));

/** How many restore points each day of a month has; a day with some leads to them (C9). */
export function PointCalendar({
  deviceId,
  day,
  onDay,
}: {
  readonly deviceId: string;
  /** Whose points are shown; null when all are. */
  readonly day: Date | null;
  readonly onDay: (day: Date) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const today = new Date();
  const [month, setMonth] = useState<Month>(monthOf(day ?? today));
  const times = useQuery(pointTimesQuery(deviceId, monthRange(month)));
  const counts = countsByDay(times.data?.times ?? [], month);
  const isNow = month.year === today.getFullYear() && month.month === today.getMonth();
  const title = new Intl.DateTimeFormat(localeOf(language), { month: "long", year: "numeric" }).format(
    new Date(month.year, month.month, 1),
  );
  const sum = [...counts.values()].reduce((all, { points }) => all + points, 0);
  return (
    <Stack gap={4} maw="28rem">
      <Group justify="space-between" wrap="nowrap">
        <Button
          variant="default"
          size="xs"
          aria-label={t("points.monthBefore")}
          onClick={() => setMonth(monthAfter(month, -1))}
        >
          ←
        </Button>
        <Text fw={600} id="points-month" aria-live="polite">
          {title}
        </Text>
        <Button
          variant="default"
          size="xs"
          aria-label={t("points.monthAfter")}
          disabled={isNow}
          onClick={() => setMonth(monthAfter(month, 1))}
        >
          →
        </Button>
      </Group>
      <Table
        layout="fixed"
        horizontalSpacing={2}
        verticalSpacing={2}
        withRowBorders={false}
        aria-labelledby="points-month"
      >
        <Table.Thead>
          <Table.Tr>
            {weekdays.map((atMs) => (
              <Table.Th key={atMs} scope="col" ta="center">
                <Text span size="xs" c="dimmed">
                  {new Intl.DateTimeFormat(localeOf(language), { weekday: "short", timeZone: "UTC" }).format(atMs)}
                </Text>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody aria-busy={times.isPending}>
          {weeksOf(month).map((week) => (
            <Table.Tr key={week.find((number) => number !== null)}>
              {weekdays.map((atMs, index) => {
                const number = week[index] ?? null;
                return (
                  <Table.Td key={atMs} ta="center">
                    {number === null ? null : (
                      <Day
                        date={new Date(month.year, month.month, number)}
                        isToday={isNow && number === today.getDate()}
                        count={counts.get(number) ?? null}
                        isShown={isSameDay(day, month, number)}
                        onDay={onDay}
                      />
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <ProblemAlert error={times.error} />
      {times.data ? (
        <Text size="sm" c="dimmed">
          {t("points.monthSum", { count: sum })}
        </Text>
      ) : null}
    </Stack>
  );
}

const isSameDay = (day: Date | null, { year, month }: Month, number: number): boolean =>
  day !== null && day.getFullYear() === year && day.getMonth() === month && day.getDate() === number;

interface DayProps {
  readonly date: Date;
  readonly isToday: boolean;
  readonly count: DayCount | null;
  readonly isShown: boolean;
  readonly onDay: (day: Date) => void;
}

function Day({ date, isToday, count, isShown, onDay }: DayProps) {
  const t = useT();
  const format = useFormat();
  const current = isToday ? ("date" as const) : undefined;
  if (count === null)
    return (
      <Text span size="sm" c="dimmed" fw={isToday ? 700 : 400} aria-current={current}>
        {date.getDate()}
      </Text>
    );
  const label = t("points.day", { day: format.date(date.getTime()), count: count.points });
  return (
    <Button
      variant={isShown ? "filled" : "default"}
      fullWidth
      h="auto"
      px={0}
      py={2}
      aria-pressed={isShown}
      aria-current={current}
      onClick={() => onDay(date)}
    >
      <VisuallyHidden>
        {count.damaged > 0 ? `${label}, ${t("points.dayDamaged", { count: count.damaged })}` : label}
      </VisuallyHidden>
      <Stack gap={0} align="center" aria-hidden>
        <Text span size="sm">
          {date.getDate()}
        </Text>
        <Text span size="xs" fw={400} c={count.damaged > 0 && !isShown ? "var(--mantine-color-error)" : "inherit"}>
          <Text span inherit visibleFrom="sm">
            {t("points.dayCount", { count: count.points })}
          </Text>
          <Text span inherit hiddenFrom="sm">
            {count.points}
          </Text>
          {count.damaged > 0 ? " !" : ""}
        </Text>
      </Stack>
    </Button>
  );
}
