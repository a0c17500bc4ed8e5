import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { useFormat } from "../format.ts";
import { useTranslate } from "../i18n/i18n.ts";
import { security } from "./security-api.ts";
import { useReread } from "./use-reread.ts";

/** Browser and system of a user agent, in the words people know. */
export function agentName(userAgent: string): string {
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(userAgent)?.[1] ?? "";
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(userAgent)?.[1] ?? "";
  const names: Readonly<Record<string, string>> = { Edg: "Edge", OPR: "Opera", "Mac OS X": "macOS" };
  const known = [browser, system].filter((name) => name !== "").map((name) => names[name] ?? name);
  return known.length === 0 ? userAgent.slice(0, 60) : known.join(" · ");
}

/** Where this person is signed in, and how to end it. */
export function SessionSection() {
  const t = useTranslate();
  const format = useFormat();
  const [sessions, reread] = useReread(security.sessions);
  const [error, setError] = useState<unknown>(null);
  const end = async (work: () => Promise<unknown>): Promise<void> => {
    setError(null);
    try {
      await work();
      reread();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Stack gap="xs">
      <Group justify="space-between">
        <Text fw={600}>{t("security.sessions.title")}</Text>
        {(sessions?.length ?? 0) > 1 ? (
          <Button variant="default" size="xs" onClick={() => void end(security.endOtherSessions)}>
            {t("security.sessions.endOthers")}
          </Button>
        ) : null}
      </Group>
      {(sessions ?? []).map((session) => (
        <Group key={session.id} justify="space-between">
          <div>
            <Text>{agentName(session.userAgent)}</Text>
            <Text size="sm" c="dimmed">
              {t("security.sessions.seen", {
                when: format.relative(Date.parse(session.lastSeenAt)),
                ip: session.ip,
              })}
            </Text>
          </div>
          {session.isCurrent ? (
            <Text size="sm">{t("security.sessions.this")}</Text>
          ) : (
            <Button variant="default" size="xs" onClick={() => void end(() => security.endSession(session.id))}>
              {t("security.sessions.end")}
            </Button>
          )}
        </Group>
      ))}
      <ProblemAlert error={error} />
    </Stack>
  );
}
