import type { BoardReply } from "@casaforte/contract/health";
import { ProblemAlert, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag, useSession } from "@casaforte/ui-kit/console";
import { Anchor, Button, Card, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { z } from "zod";
import { boardQuery } from "../queries.ts";
import { useT } from "../translate.ts";

/** Apart: dialogs are not fetched with the first page. */
const WriteToLate = lazy(async () => ({ default: (await import("./MorningActs.tsx")).WriteToLate }));
const NoteOrder = lazy(async () => ({ default: (await import("./MorningActs.tsx")).NoteOrder }));
const MorningAddresses = lazy(async () => ({
  default: (await import("./MorningAddresses.tsx")).MorningAddresses,
}));
const MorningEscrow = lazy(async () => ({ default: (await import("./MorningEscrow.tsx")).MorningEscrow }));
const MorningWaiting = lazy(async () => ({ default: (await import("./MorningWaiting.tsx")).MorningWaiting }));

/** What waits for somebody this morning; good news is stated (ux.md O1). */
export function Morning() {
  const t = useT();
  const board = useQuery(boardQuery);
  return (
    <Card withBorder component="section" aria-labelledby="morning">
      <Title order={2} size="h4" id="morning" mb="xs">
        {t("morning.title")}
      </Title>
      <Loaded query={board}>{(data) => <Board board={data} />}</Loaded>
    </Card>
  );
}

const knownCauses = ["silent", "no_run"] as const;

function Board({ board }: { readonly board: BoardReply }) {
  const t = useT();
  const format = useFormat();
  const client = useQueryClient();
  const { session } = useSession();
  const mayWrite = session.operatorRoles.length > 0;
  const mayOrder = session.operatorRoles.includes("infra");
  const [writing, setWriting] = useState<BoardReply["late"][number] | null>(null);
  const [ordering, setOrdering] = useState<BoardReply["fullSoon"][number] | null>(null);
  const seen = useMutation({
    mutationFn: () => callChecked("/api/board/seen", { method: "POST", reply: z.undefined() }),
    onSuccess: () => client.invalidateQueries({ queryKey: boardQuery.queryKey }),
  });
  const causeOf = (cause: string) => {
    const known = knownCauses.find((each) => each === cause);
    return known === undefined ? t("morning.cause.failed", { code: cause }) : t(`morning.cause.${known}`);
  };
  return (
    <Stack gap="xs">
      {board.late.length === 0 ? <Text size="sm">{t("morning.noLate")}</Text> : null}
      {board.late.map(({ cause, agentVersion, devices, customers }) => (
        <Group key={`${cause} ${agentVersion}`} gap="xs">
          <Tag color="orange">{t("morning.late", { count: devices })}</Tag>
          <Text size="sm">
            {causeOf(cause)} · {t("morning.agent", { version: agentVersion })} ·{" "}
            {t("morning.customers", { count: customers })}
          </Text>
          {mayWrite ? (
            <Button
              size="compact-xs"
              variant="default"
              onClick={() => setWriting({ cause, agentVersion, devices, customers })}
            >
              {t("morning.write")}
            </Button>
          ) : null}
        </Group>
      ))}
      {writing === null ? null : (
        <Suspense>
          <WriteToLate late={writing} cause={causeOf(writing.cause)} onClose={() => setWriting(null)} />
        </Suspense>
      )}
      {board.fullSoon.length === 0 ? <Text size="sm">{t("morning.noFull")}</Text> : null}
      {board.fullSoon.map((full) => (
        <Group key={full.id} gap="xs">
          <Tag color="red">{full.site}</Tag>
          <Text size="sm">{t("morning.full", { count: full.days })}</Text>
          {full.note === null ? null : (
            <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {t("morning.noted", { text: full.note.text, when: format.date(Date.parse(full.note.at)) })}
            </Text>
          )}
          {mayOrder ? (
            <Button size="compact-xs" variant="default" onClick={() => setOrdering(full)}>
              {t("morning.note")}
            </Button>
          ) : null}
        </Group>
      ))}
      {ordering === null ? null : (
        <Suspense>
          <NoteOrder site={ordering} onClose={() => setOrdering(null)} />
        </Suspense>
      )}
      {board.certificates.length === 0 ? <Text size="sm">{t("morning.noCertificates")}</Text> : null}
      {board.certificates.map((each) => (
        <TroubledName key={`${each.name} ${each.tenantId}`} certificate={each} />
      ))}
      <DueRequests {...board.authorities} />
      <Suspense>
        <MorningEscrow copies={board.escrow} />
      </Suspense>
      <Suspense>
        <MorningAddresses addresses={board.ownAddresses} />
      </Suspense>
      <Suspense>
        <MorningWaiting />
      </Suspense>
      <ProblemAlert error={seen.error} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">
          {board.seen === null
            ? t("morning.neverSeen")
            : t("morning.seenBy", { when: format.dateTime(Date.parse(board.seen.at)), name: board.seen.name })}
        </Text>
        <Button size="xs" variant="default" loading={seen.isPending} onClick={() => seen.mutate()}>
          {t("morning.seen")}
        </Button>
      </Group>
    </Stack>
  );
}

/** Requests of authorities that are due: figures alone, the register is the legal role's (R58, R88). */
function DueRequests({ soon, late }: BoardReply["authorities"]) {
  const t = useT();
  const { session } = useSession();
  if (soon + late === 0) return <Text size="sm">{t("morning.noAuthorities")}</Text>;
  return (
    <Group gap="xs">
      <Tag color={late > 0 ? "red" : "orange"}>{t("morning.authorities")}</Tag>
      <Text size="sm">
        {late > 0 ? t("morning.authoritiesLate", { count: late }) : null}
        {late > 0 && soon > 0 ? " · " : null}
        {soon > 0 ? t("morning.authoritiesSoon", { count: soon }) : null}
        {session.operatorRoles.includes("legal") ? (
          <>
            {" · "}
            <Anchor td="underline" renderRoot={(props) => <Link {...props} to="/legal" />}>
              {t("nav.legal")}
            </Anchor>
          </>
        ) : null}
      </Text>
    </Group>
  );
}

/** A host name whose certificate ends soon or fails, and whose it is. */
function TroubledName({ certificate }: { readonly certificate: BoardReply["certificates"][number] }) {
  const t = useT();
  const format = useFormat();
  const { name, tenantId, endsAt, trouble, words } = certificate;
  const state =
    endsAt === null
      ? t("morning.certificateNone")
      : t("morning.certificateEnds", { when: format.date(Date.parse(endsAt)) });
  return (
    <Group gap="xs">
      <Tag color="red">{name}</Tag>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {state}
        {trouble === null ? null : ` · ${t(`morning.certificate.${trouble}`)}`}
        {words === "" ? null : ` · ${words}`}
        {" · "}
        {tenantId === null ? (
          t("morning.certificateOwn")
        ) : (
          <Anchor
            td="underline"
            renderRoot={(props) => <Link {...props} to="/tenants/$id" params={{ id: tenantId }} />}
          >
            {t("morning.certificateCustomer")}
          </Anchor>
        )}
      </Text>
    </Group>
  );
}
