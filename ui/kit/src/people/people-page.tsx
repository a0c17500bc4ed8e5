import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { auth, type SessionReply } from "../auth-api.ts";
import { Dialog } from "../components/dialog.tsx";
import { EmptyState, ErrorState, LoadingState, ProblemAlert } from "../components/states.tsx";
import { ConfirmAction } from "../console/confirm-action.tsx";
import { ListSearch } from "../console/list-search.tsx";
import { WithTexts } from "../i18n/with-texts.tsx";
import { InviteForm } from "./invite-form.tsx";
import { type Person, people } from "./people-api.ts";
import { PeopleTable, type PersonAct } from "./people-table.tsx";
import { peopleTexts, usePeopleText } from "./people-text.ts";
import { RoleDialog } from "./role-dialog.tsx";
import { TwoFactorPolicy } from "./two-factor-policy.tsx";

const searchDelayMs = 250;

export interface PeoplePageProps {
  readonly session: SessionReply;
  /** The reader removed or disabled themselves. */
  readonly onSignedOut: () => void;
}

/** Who may come in and what they may do: a tenant's people in the console, operators in theirs (R74, R75, C22). */
export function PeoplePage(props: PeoplePageProps) {
  return (
    <WithTexts catalogues={peopleTexts}>
      <People {...props} />
    </WithTexts>
  );
}

function People({ session, onSignedOut }: PeoplePageProps) {
  const t = usePeopleText();
  const client = useQueryClient();
  const realm = session.realm === "operator" ? "operator" : "user";
  const mayMakeOwners = session.role === "owner";
  const [search, setSearch] = useState("");
  const [settled] = useDebouncedValue(search, searchDelayMs);
  const [isInviting, { open, close }] = useDisclosure(false);
  const [told, setTold] = useState("");
  const [chosen, setChosen] = useState<{ readonly act: PersonAct; readonly person: Person } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const query = useInfiniteQuery({
    queryKey: ["people", settled],
    initialPageParam: "",
    queryFn: ({ signal, pageParam }) => people.list(settled, pageParam, signal),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: (before) => before,
  });
  const rows = query.data?.pages.flatMap((page) => page.people) ?? [];
  const reread = () => client.invalidateQueries({ queryKey: ["people"] });
  const tell = async (text: string): Promise<void> => {
    setTold(text);
    await reread();
  };
  /** At once what can be taken back, after a question what cannot. */
  const act = async (wanted: PersonAct, person: Person): Promise<void> => {
    setError(null);
    setTold("");
    if (wanted !== "inviteAgain" && wanted !== "enable") return setChosen({ act: wanted, person });
    try {
      if (wanted === "enable") await people.setStatus(person.id, "active");
      else await people.inviteAgain(person.id);
      await tell(t(wanted === "enable" ? "people.enabled" : "people.invited", { login: person.login }));
    } catch (problem) {
      setError(problem);
    }
  };
  const ended = async (person: Person): Promise<void> => {
    if (person.id === session.principalId && (await auth.session()) === null) return onSignedOut();
    await reread();
  };
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">
          {t(realm === "operator" ? "people.operators" : "people.title")}
        </Title>
        <Button onClick={open}>{t("people.invite")}</Button>
      </Group>
      {realm === "user" ? <TwoFactorPolicy mayChange={mayMakeOwners} /> : null}
      <ListSearch label={t("people.search")} value={search} onChange={setSearch} />
      <div aria-live="polite">
        {told === "" ? null : (
          <Alert
            color="green"
            variant="light"
            title={told}
            withCloseButton
            closeButtonLabel={t("kit.close")}
            onClose={() => setTold("")}
          />
        )}
      </div>
      <ProblemAlert error={error} />
      {query.isPending ? <LoadingState /> : null}
      {query.isError ? <ErrorState error={query.error} onRetry={() => void query.refetch()} /> : null}
      {query.data && rows.length === 0 ? <EmptyState title={t("people.noMatch")} /> : null}
      {rows.length > 0 ? (
        <PeopleTable
          rows={rows}
          self={session.principalId}
          mayManage={(person) => realm === "operator" || mayMakeOwners || person.role !== "owner"}
          onAct={(wanted, person) => void act(wanted, person)}
        />
      ) : null}
      {query.hasNextPage ? (
        <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("people.more")}
        </Button>
      ) : null}
      <Dialog opened={isInviting} onClose={close} title={t("people.invite")}>
        <InviteForm
          realm={realm}
          mayMakeOwners={mayMakeOwners}
          onInvited={async (login) => {
            close();
            await tell(t("people.invited", { login }));
          }}
        />
      </Dialog>
      {chosen?.act === "role" ? (
        <RoleDialog
          person={chosen.person}
          mayMakeOwners={mayMakeOwners}
          onClose={() => setChosen(null)}
          onChanged={reread}
        />
      ) : null}
      {chosen?.act === "disable" || chosen?.act === "remove" ? (
        <EndDialog act={chosen.act} person={chosen.person} onClose={() => setChosen(null)} onEnded={ended} />
      ) : null}
    </Stack>
  );
}

interface EndDialogProps {
  readonly act: "disable" | "remove";
  readonly person: Person;
  readonly onClose: () => void;
  readonly onEnded: (person: Person) => Promise<void>;
}

function EndDialog({ act, person, onClose, onEnded }: EndDialogProps) {
  const t = usePeopleText();
  const name = person.displayName || person.login;
  return (
    <ConfirmAction
      opened
      onClose={onClose}
      title={t(`people.${act}Title`, { name })}
      action={t(`people.${act}`)}
      onConfirm={async () => {
        await (act === "disable" ? people.setStatus(person.id, "disabled") : people.remove(person.id));
        await onEnded(person);
      }}
    >
      <Text>{t(`people.${act}Hint`, { login: person.login })}</Text>
    </ConfirmAction>
  );
}
