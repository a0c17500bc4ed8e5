import { type DepartureReply, departureRequestedSchema } from "@casaforte/contract/departure";
import { ConfirmName, CopyField, Dialog, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, callChecked, Loaded } from "@casaforte/ui-kit/console";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { departureQuery, useLeavingText } from "./leaving-text.tsx";

/** Asking for the end, watching the window run, taking it back, or deleting at once. */
export function EndOfContract() {
  const t = useLeavingText();
  // Kept here, above what changes when the end was asked for: the secret is told once.
  const [claim, setClaim] = useState<string | null>(null);
  return (
    <Stack>
      <Title order={2} size="h3">
        {t("leaving.endTitle")}
      </Title>
      <Loaded query={useQuery(departureQuery)}>
        {({ organisation, departure }) =>
          departure === null ? (
            <AskForEnd organisation={organisation} onClaim={setClaim} />
          ) : (
            <Window organisation={organisation} departure={departure} />
          )
        }
      </Loaded>
      <Dialog title={t("leaving.claimTitle")} opened={claim !== null} onClose={() => setClaim(null)}>
        <Stack>
          <Text>{t("leaving.claimText")}</Text>
          <CopyField
            label={t("leaving.claimLabel")}
            value={`${location.origin}/api/departure-certificates/${claim ?? ""}`}
          />
        </Stack>
      </Dialog>
    </Stack>
  );
}

interface AskForEndProps {
  readonly organisation: string;
  readonly onClaim: (claim: string) => void;
}

function AskForEnd({ organisation, onClaim }: AskForEndProps) {
  const t = useLeavingText();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [isOpen, setOpen] = useState(false);
  const ask = async () => {
    const reply = await run(() =>
      callChecked("/api/departure", { body: { confirmation: organisation }, reply: departureRequestedSchema }),
    );
    onClaim(reply.claim);
    await client.invalidateQueries({ queryKey: departureQuery.queryKey });
  };
  return (
    <>
      <Text maw={720}>{t("leaving.endHint")}</Text>
      <Group>
        <Button color="red.9" onClick={() => setOpen(true)}>
          {t("leaving.end")}
        </Button>
      </Group>
      <ConfirmName
        isFinal={false}
        opened={isOpen}
        onClose={() => setOpen(false)}
        title={t("leaving.end")}
        name={organisation}
        action={t("leaving.end")}
        onConfirm={ask}
      >
        <Text>{t("leaving.endConfirm")}</Text>
      </ConfirmName>
      {dialog}
    </>
  );
}

interface WindowProps {
  readonly organisation: string;
  readonly departure: NonNullable<DepartureReply["departure"]>;
}

function Window({ organisation, departure }: WindowProps) {
  const t = useLeavingText();
  const format = useFormat();
  const client = useQueryClient();
  const { run, dialog } = useGuarded();
  const [asking, setAsking] = useState<"cancel" | "now" | null>(null);
  const cancel = t(departure.askedBy === "provider" ? "leaving.notNow" : "leaving.cancel");
  const send = async (path: string, options: { method?: "DELETE"; body?: object }) => {
    await run(() => callChecked(path, { ...options, reply: z.undefined() }));
    await client.invalidateQueries({ queryKey: departureQuery.queryKey });
  };
  return (
    <>
      <Alert color="orange" title={t("leaving.window")} maw={720}>
        <Text size="sm">
          {t("leaving.windowText", {
            requested: format.dateTime(Date.parse(departure.requestedAt)),
            until: format.dateTime(Date.parse(departure.retrievalUntil)),
          })}
        </Text>
        {departure.askedBy === "provider" ? <Text size="sm">{t("leaving.byProvider")}</Text> : null}
        {departure.state === "erasing" ? <Text size="sm">{t("leaving.erasing")}</Text> : null}
        {departure.state === "retrieval" && departure.erasesAt ? (
          <Text size="sm">{t("leaving.soon", { from: format.dateTime(Date.parse(departure.erasesAt)) })}</Text>
        ) : null}
      </Alert>
      {departure.state === "retrieval" ? (
        <Group>
          {departure.askedBy === "customer" || departure.eraseWantedAt !== null ? (
            <Button variant="default" onClick={() => setAsking("cancel")}>
              {cancel}
            </Button>
          ) : null}
          {departure.eraseWantedAt === null ? (
            <Button color="red.9" onClick={() => setAsking("now")}>
              {t("leaving.now")}
            </Button>
          ) : null}
        </Group>
      ) : null}
      <ConfirmAction
        opened={asking === "cancel"}
        onClose={() => setAsking(null)}
        title={cancel}
        action={cancel}
        onConfirm={() => send("/api/departure", { method: "DELETE" })}
      >
        <Text>{t(departure.askedBy === "provider" ? "leaving.notNowHint" : "leaving.cancelHint")}</Text>
      </ConfirmAction>
      <ConfirmName
        isFinal={false}
        opened={asking === "now"}
        onClose={() => setAsking(null)}
        title={t("leaving.now")}
        name={organisation}
        action={t("leaving.now")}
        onConfirm={() => send("/api/departure/erasure", { body: { confirmation: organisation } })}
      >
        <Text>{t("leaving.nowConfirm")}</Text>
      </ConfirmName>
      {dialog}
    </>
  );
}
