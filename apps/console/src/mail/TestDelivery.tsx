import { type AddressReply, dnsRecordListSchema } from "@casaforte/contract/domains";
import { deliveryTestReplySchema, mailEventListSchema } from "@casaforte/contract/mailflow";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Alert, Button, Group, Loader, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { TracedMessage } from "../pages/MailTrace.tsx";
import { useMailText } from "./mail-text.tsx";

const askEveryMs = 2_000;
/** Ends of a message's way; afterwards nothing more comes by itself soon. */
const ends: ReadonlySet<string> = new Set([
  "delivered",
  "sent",
  "failed",
  "bounced",
  "refused",
  "quarantined",
  "dropped",
]);

/** Sends a message to an address from inside and shows, step by step, whom it leads to (C14). */
export function TestDelivery({ address, onDone }: { readonly address: AddressReply; readonly onDone: () => void }) {
  const t = useMailText();
  const test = useMutation({
    mutationFn: () => callChecked(`/api/addresses/${address.id}/test`, { body: {}, reply: deliveryTestReplySchema }),
  });
  const messageId = test.data?.messageId;
  const events = useQuery({
    queryKey: ["mail-events", "test", messageId],
    enabled: messageId !== undefined,
    queryFn: ({ signal }) =>
      callChecked("/api/mail-events", { query: { messageId, limit: 200 }, reply: mailEventListSchema, signal }),
    refetchInterval: askEveryMs,
  });
  const records = useQuery({
    queryKey: ["domain-records", address.domainId],
    queryFn: ({ signal }) =>
      callChecked(`/api/domains/${address.domainId}/records`, { reply: dnsRecordListSchema, signal }),
  });
  const isMxElsewhere = records.data?.records.some(
    ({ type, state }) => type === "MX" && (state === "different" || state === "missing"),
  );
  const ways = [...Map.groupBy(events.data?.events ?? [], (event) => event.recipient).values()];
  const isOver = ways.length > 0 && ways.every((steps) => steps.some(({ kind }) => ends.has(kind)));
  return (
    <Stack>
      <Text size="sm">{t("test.hint", { address: address.address })}</Text>
      {isMxElsewhere ? <Alert color="orange">{t("test.mx")}</Alert> : null}
      <ProblemAlert error={test.error} />
      {messageId === undefined ? null : (
        <div aria-live="polite">
          <Stack gap="sm">
            {ways.map((steps) => (
              <TracedMessage key={steps[0]?.recipient} steps={steps.toReversed()} />
            ))}
            {isOver ? (
              <Text size="sm">{t("test.over")}</Text>
            ) : (
              <Group gap="sm">
                <Loader size="sm" aria-hidden />
                <Text size="sm">{t("test.waiting")}</Text>
              </Group>
            )}
          </Stack>
        </div>
      )}
      <Group justify="flex-end">
        {messageId === undefined ? (
          <Button onClick={() => test.mutate()} loading={test.isPending}>
            {t("test.send")}
          </Button>
        ) : (
          <Button variant="default" onClick={onDone}>
            {t("kit.close")}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
