import { Alert, Button, Group, Loader, Text, Title, VisuallyHidden } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { ApiProblem } from "../http.ts";
import { useLanguage, useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import { type ErrorSentenceId, problemSentence } from "../problem-sentence.ts";

export interface EmptyStateProps {
  readonly title: string;
  readonly text?: string;
  readonly icon?: ReactNode;
  /** The next step: a button or a link. */
  readonly action?: ReactNode;
}

/** Nothing here, why, and what to do about it. */
export function EmptyState({ title, text, icon, action }: EmptyStateProps) {
  return (
    <div className="cf-state">
      {icon}
      <Title order={2} size="h3">
        {title}
      </Title>
      {text === undefined ? null : <Text c="dimmed">{text}</Text>}
      {action}
    </div>
  );
}

/** Appears only after a moment, so that quick answers do not flicker. */
export function LoadingState({ delayMs = 150 }: { readonly delayMs?: number }) {
  const t = useTranslate<KitKey>();
  const [isShown, setShown] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setShown(true), delayMs);
    return () => clearTimeout(timer);
  }, [delayMs]);
  return (
    <div className="cf-state" role="status">
      <VisuallyHidden>{t("kit.loading")}</VisuallyHidden>
      {isShown ? <Loader aria-hidden type="dots" /> : null}
    </div>
  );
}

/** The sentence of an error in the reader's language. */
export function useProblemSentence(): (error: unknown) => string {
  const t = useTranslate<ErrorSentenceId>();
  const language = useLanguage();
  return (error) => problemSentence(error, t, language);
}

export interface ErrorStateProps {
  readonly error: unknown;
  readonly onRetry?: () => void;
}

/** What failed, the next step, a code to quote, and a way to try again. */
export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const t = useTranslate<KitKey>();
  const sentence = useProblemSentence();
  const requestId = error instanceof ApiProblem ? error.requestId : null;
  return (
    <div className="cf-state" role="alert">
      <Title order={2} size="h3">
        {t("kit.error.title")}
      </Title>
      <Text>{sentence(error)}</Text>
      {requestId === null ? null : (
        <Text size="sm" c="dimmed">
          {t("kit.error.requestId", { id: requestId })}
        </Text>
      )}
      {onRetry === undefined ? null : (
        <Button variant="default" onClick={onRetry}>
          {t("kit.retry")}
        </Button>
      )}
    </div>
  );
}

/** An error inside a form, announced when it appears. */
export function ProblemAlert({ error }: { readonly error: unknown }) {
  const sentence = useProblemSentence();
  if (error === null || error === undefined) return null;
  return (
    <Alert color="red" variant="light" role="alert">
      <Text size="sm" c="var(--mantine-color-text)">
        {sentence(error)}
      </Text>
    </Alert>
  );
}

/** In place of a part that threw. */
export function CrashState({ onRetry }: { readonly onRetry: () => void }) {
  const t = useTranslate<KitKey>();
  return (
    <div className="cf-state" role="alert">
      <Title order={2} size="h3">
        {t("kit.error.title")}
      </Title>
      <Text>{t("kit.error.crash")}</Text>
      <Group justify="center">
        <Button variant="default" onClick={onRetry}>
          {t("kit.retry")}
        </Button>
        <Button variant="subtle" onClick={() => location.reload()}>
          {t("kit.reload")}
        </Button>
      </Group>
    </div>
  );
}
