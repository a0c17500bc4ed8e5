import type { DeskNoticeReply } from "@casaforte/contract/notices";
import { callApi, Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { Button, Checkbox, Group, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useDeskText } from "./desk-text.ts";
import { instantOf } from "./NoticeForm.tsx";

type State = DeskNoticeReply["state"];

/** The ways on from each state; `report` is cause and remedies of what is over. */
const next: Readonly<Record<State, readonly (State | "report")[]>> = {
  investigating: ["identified", "monitoring", "resolved", "investigating"],
  identified: ["monitoring", "resolved", "identified", "investigating"],
  monitoring: ["resolved", "monitoring", "identified", "investigating"],
  resolved: ["report", "investigating"],
  planned: ["started", "planned", "cancelled"],
  started: ["ended", "started"],
  ended: ["report"],
  cancelled: ["report"],
};

/** Says what changed; everybody concerned is written to. */
export function UpdateForm({ notice, onClose }: { readonly notice: DeskNoticeReply; readonly onClose: () => void }) {
  const t = useDeskText();
  const client = useQueryClient();
  const ways = next[notice.state];
  const [way, setWay] = useState<string>(ways[0] ?? notice.state);
  const [textIt, setTextIt] = useState("");
  const [textEn, setTextEn] = useState("");
  const [from, setFrom] = useState("");
  const [until, setUntil] = useState("");
  const [isEmergency, setEmergency] = useState(false);
  const isStart = notice.state === "planned" && way === "started";
  const mayMove = way === "planned" || way === "started";
  const publish = useMutation({
    mutationFn: () => {
      const isReport = way === "report";
      const planned =
        mayMove && from !== "" && until !== "" ? { from: instantOf(from), until: instantOf(until) } : null;
      const state = isReport ? notice.state : way;
      const emergency = isStart ? { isEmergency } : {};
      const body = { state, isReport, textIt, textEn, ...emergency, ...(planned ? { planned } : {}) };
      return callApi(`/api/desk/notices/${notice.id}/updates`, { method: "POST", body });
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["desk-notices"] });
      onClose();
    },
  });
  return (
    <Dialog title={t("desk.update")} opened onClose={onClose}>
      <Stack>
        <NativeSelect
          label={t("desk.next")}
          value={way}
          onChange={(event) => setWay(event.currentTarget.value)}
          data={ways.map((value) => ({
            value,
            label: value === "report" ? t("desk.report") : t(`desk.at.${value}`),
          }))}
        />
        {notice.kind === "maintenance" && mayMove ? (
          <Group grow>
            <TextInput
              type="datetime-local"
              label={t("desk.from")}
              description={t("desk.planNew")}
              value={from}
              onChange={(event) => setFrom(event.currentTarget.value)}
            />
            <TextInput
              type="datetime-local"
              label={t("desk.until")}
              description={t("desk.planNew")}
              value={until}
              onChange={(event) => setUntil(event.currentTarget.value)}
            />
          </Group>
        ) : null}
        {isStart ? (
          <Checkbox
            label={t("desk.emergency")}
            checked={isEmergency}
            onChange={(event) => setEmergency(event.currentTarget.checked)}
          />
        ) : null}
        <Textarea
          label={t("desk.textIt")}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={4_000}
          value={textIt}
          onChange={(event) => setTextIt(event.currentTarget.value)}
        />
        <Textarea
          label={t("desk.textEn")}
          autosize
          minRows={2}
          maxRows={8}
          maxLength={4_000}
          value={textEn}
          onChange={(event) => setTextEn(event.currentTarget.value)}
        />
        <ProblemAlert error={publish.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("kit.cancel")}
          </Button>
          <Button
            loading={publish.isPending}
            disabled={textIt.trim() === "" || textEn.trim() === ""}
            onClick={() => publish.mutate()}
          >
            {t("desk.publish")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
