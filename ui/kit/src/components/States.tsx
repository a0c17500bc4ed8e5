import { useLingui } from "@lingui/react";
import { Alert, Button, Center, Group, Loader, Stack, Text, Title } from "@mantine/core";
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiProblem } from "../api-client.ts";
import { problemText } from "../problem-text.ts";

/** Nothing here yet, and what to do about it. */
export function Empty({
  title,
  hint,
  action,
}: {
  readonly title: string;
  readonly hint?: string;
  readonly action?: ReactNode;
}) {
  return (
    <Center py="xl">
      <Stack align="center" gap="xs" maw={460}>
        <Title order={2} size="h4" ta="center">
          {title}
        </Title>
        {hint ? (
          <Text c="dimmed" ta="center">
            {hint}
          </Text>
        ) : null}
        {action}
      </Stack>
    </Center>
  );
}

/** Waiting, told to screen readers too. */
export function Loading() {
  const { i18n } = useLingui();
  return (
    <Center py="xl" role="status">
      <Group gap="sm">
        <Loader size="sm" />
        <Text c="dimmed">{i18n._("kit.loading")}</Text>
      </Group>
    </Center>
  );
}

/** What failed, what to do next, and the number to quote. */
export function Problem({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const { i18n } = useLingui();
  const requestId = error instanceof ApiProblem ? error.requestId : null;
  return (
    <Alert color="red" variant="outline" role="alert" title={problemText(i18n, error)}>
      <Group justify="space-between">
        {requestId ? (
          <Text size="sm" c="dimmed" ff="monospace">
            {i18n._("kit.requestId", { id: requestId })}
          </Text>
        ) : (
          <span />
        )}
        {onRetry ? (
          <Button size="xs" variant="default" onClick={onRetry}>
            {i18n._("kit.retry")}
          </Button>
        ) : null}
      </Group>
    </Alert>
  );
}

/** The four states of a query, done the same way everywhere; stale data stays visible above an error. */
export function Loaded<Data>({
  query,
  children,
}: {
  readonly query: UseQueryResult<Data>;
  readonly children: (data: Data) => ReactNode;
}) {
  if (query.data === undefined)
    return query.isError ? <Problem error={query.error} onRetry={() => void query.refetch()} /> : <Loading />;
  return (
    <>
      {query.isError ? <Problem error={query.error} onRetry={() => void query.refetch()} /> : null}
      {children(query.data)}
    </>
  );
}
