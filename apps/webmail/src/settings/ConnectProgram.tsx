import { Brand, ErrorState, LoadingState, ProblemAlert } from "@casaforte/ui-kit";
import { type AskedProgram, security, useGuarded } from "@casaforte/ui-kit/security";
import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useCallback, useEffect, useState } from "react";
import { useT } from "../translate.ts";

export interface ConnectProgramProps {
  /** What the program wrote into the address. */
  readonly query: string;
  readonly login: string;
}

/**
 * A mail program asks to come in (RFC 6749 §4.1.1): who it says it is, what it will be able to do, yes or no. The browser leaves
 * for the program at a click alone, whatever the answer.
 */
export function ConnectProgram({ query, login }: ConnectProgramProps) {
  const t = useT();
  const [asked, setAsked] = useState<AskedProgram | null>(null);
  const [wrong, setWrong] = useState<unknown>(null);
  const ask = useCallback(() => {
    setWrong(null);
    security.askedProgram(query).then(setAsked, setWrong);
  }, [query]);
  useEffect(ask, [ask]);
  return (
    <main className="wm-settings">
      <Brand />
      {wrong === null ? null : <ErrorState error={wrong} onRetry={ask} />}
      {wrong === null && asked === null ? <LoadingState /> : null}
      {asked === null ? null : (
        <Stack mt="lg" maw={560}>
          <Title order={1}>{t("connect.title")}</Title>
          {asked.error === null ? (
            <Question asked={asked} query={query} login={login} />
          ) : (
            <>
              <Alert color="red" role="alert">
                {t("connect.wrong", { name: asked.name, error: asked.error })}
              </Alert>
              <Group>
                <Button onClick={() => location.assign(asked.refusedTo)}>{t("connect.back")}</Button>
              </Group>
            </>
          )}
        </Stack>
      )}
    </main>
  );
}

function Question({ asked, query, login }: ConnectProgramProps & { readonly asked: AskedProgram }) {
  const t = useT();
  const { run, dialog } = useGuarded();
  const [error, setError] = useState<unknown>(null);
  const [goTo, setGoTo] = useState<string | null>(null);
  const allow = async (): Promise<void> => {
    setError(null);
    try {
      const allowed = await run(() => security.allowProgram(query));
      setGoTo(allowed.goTo);
      location.assign(allowed.goTo);
    } catch (problem) {
      setError(problem);
    }
  };
  if (goTo !== null)
    return (
      <>
        <Text role="status">{t("connect.done", { name: asked.name })}</Text>
        <Group>
          <Button variant="default" onClick={() => location.assign(goTo)}>
            {t("connect.back")}
          </Button>
        </Group>
      </>
    );
  return (
    <>
      <Text>{t("connect.asks", { name: asked.name, login })}</Text>
      <ul>
        {asked.protocols.map((protocol) => (
          <Text component="li" key={protocol}>
            {t(`connect.may.${protocol}`)}
          </Text>
        ))}
      </ul>
      <Alert color="yellow">{t("connect.unverified", { place: asked.place })}</Alert>
      <Text size="sm" c="dimmed">
        {t("connect.until")}
      </Text>
      <ProblemAlert error={error} />
      <Group>
        <Button onClick={() => void allow()}>{t("connect.allow")}</Button>
        <Button variant="default" onClick={() => location.assign(asked.refusedTo)}>
          {t("connect.refuse")}
        </Button>
      </Group>
      {dialog}
    </>
  );
}
