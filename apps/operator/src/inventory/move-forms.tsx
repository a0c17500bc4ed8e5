import type { HostSpacesReply } from "@casaforte/contract/placement";
import { ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { inventoryQuery } from "../billing/billing-queries.ts";
import { useBillingText } from "../billing/billing-text.tsx";

export type Host = HostSpacesReply["host"];
export type PlacedSpace = HostSpacesReply["spaces"][number];

const reasonCharsMax = 500;

function useMove(path: string, onDone: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Readonly<Record<string, string>>) => callChecked(path, { body, reply: z.undefined() }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: inventoryQuery.queryKey });
      onDone();
    },
  });
}

/** One space to a host of the same site that has room for it; the others are not offered. */
export function MoveSpace(props: { readonly space: PlacedSpace; readonly from: Host; readonly onDone: () => void }) {
  const { space, from, onDone } = props;
  const t = useBillingText();
  const format = useFormat();
  const hosts = useQuery(inventoryQuery).data?.hosts;
  const [hostId, setHost] = useState<string | null>(null);
  const [reason, setReason] = useState("");
  const move = useMove(`/api/inventory/spaces/${space.tenantId}/${space.spaceId}/move`, onDone);
  const targets = (hosts ?? [])
    .filter(({ id, siteId, state }) => id !== from.id && siteId === from.siteId && state === "active")
    .map(({ id, name, capacityBytes, allocatedBytes }) => ({
      id,
      name,
      left: capacityBytes - allocatedBytes - space.bytes,
    }))
    .filter(({ left }) => left >= 0)
    .sort((a, b) => a.left - b.left);
  if (hosts !== undefined && targets.length === 0)
    return <Text>{t("moves.noTarget", { bytes: format.bytes(space.bytes) })}</Text>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (hostId !== null) move.mutate({ hostId, reason: reason.trim() });
      }}
    >
      <Stack>
        <Select
          label={t("moves.target")}
          data={targets.map(({ id, name, left }) => ({
            value: id,
            label: t("moves.after", { name, bytes: format.bytes(left) }),
          }))}
          value={hostId}
          onChange={setHost}
          required
          data-autofocus
        />
        <Reason value={reason} onChange={setReason} />
        <ProblemAlert error={move.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={move.isPending} disabled={hostId === null || reason.trim() === ""}>
            {t("moves.move")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** All spaces of a draining host, as far as there is room. */
export function MoveAll({ host, onDone }: { readonly host: Host; readonly onDone: () => void }) {
  const t = useBillingText();
  const [reason, setReason] = useState("");
  const move = useMove(`/api/inventory/hosts/${host.id}/evacuations`, onDone);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        move.mutate({ reason: reason.trim() });
      }}
    >
      <Stack>
        <Text>{t("moves.allHint", { count: host.spaces })}</Text>
        <Reason value={reason} onChange={setReason} />
        <ProblemAlert error={move.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={move.isPending} disabled={reason.trim() === ""}>
            {t("moves.all")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Reason({ value, onChange }: { readonly value: string; readonly onChange: (reason: string) => void }) {
  const t = useBillingText();
  return (
    <Textarea
      label={t("moves.reason")}
      description={t("moves.reasonHint")}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      maxLength={reasonCharsMax}
      required
    />
  );
}
