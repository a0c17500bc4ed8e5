import { Alert, Loader, Text } from "@mantine/core";
import { type UseQueryResult, useQuery } from "@tanstack/react-query";
import type { RestoreClient } from "./client.ts";
import { useFailureSentence, useRestoreText } from "./restore-text.ts";

/** What a dialog reads of one file of the point; the end of the dialog is the end of the reading. */
export function useLook<T>(client: RestoreClient, name: string, id: number, look: () => Promise<T>): UseQueryResult<T> {
  return useQuery({
    queryKey: ["restore-look", client.id, name, id],
    queryFn: ({ signal }) => {
      signal.addEventListener("abort", () => void client.call("endLook").catch(() => undefined));
      return look();
    },
    gcTime: 0,
    retry: false,
  });
}

/** While it is read, and when that failed. */
export function LookState({ found, reading }: { readonly found: UseQueryResult<unknown>; readonly reading: string }) {
  const t = useRestoreText();
  const sentence = useFailureSentence();
  return (
    <>
      {found.isPending ? (
        <Text role="status">
          <Loader size="xs" aria-hidden /> {reading}
        </Text>
      ) : null}
      {found.isError ? (
        <Alert color="red" role="alert" title={t("restore.failed.title")}>
          {sentence(found.error)}
        </Alert>
      ) : null}
    </>
  );
}
