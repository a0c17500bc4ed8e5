import { type FolderSharesReply, folderSharesSchema, type SetFolderShare } from "@casaforte/contract/mail";
import { type ApiOptions, callApi, Dialog, ErrorState, LoadingState, ProblemAlert } from "@casaforte/ui-kit";
import { useGuarded } from "@casaforte/ui-kit/security";
import { Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { Icon } from "../icons.tsx";
import { useT } from "../translate.ts";

type Access = NonNullable<SetFolderShare["access"]>;

const load = async (options: ApiOptions): Promise<FolderSharesReply> =>
  folderSharesSchema.parse(await callApi("/api/folder-shares", options));

export interface ShareFolderProps {
  readonly folderId: string;
  /** As its owner reads it. */
  readonly name: string;
}

/** How many use a folder of one's own mail, and the way to share it (R12). */
export function ShareFolder({ folderId, name }: ShareFolderProps) {
  const t = useT();
  const [shares, setShares] = useState<FolderSharesReply | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isOpen, setOpen] = useState(false);
  const read = useCallback((signal?: AbortSignal) => {
    setError(null);
    load(signal === undefined ? {} : { signal }).then(setShares, (problem) => {
      if (!signal?.aborted) setError(problem);
    });
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another program may have shared meanwhile, so an opened dialog asks anew.
  useEffect(() => {
    const controller = new AbortController();
    read(controller.signal);
    return () => controller.abort();
  }, [read, isOpen]);
  const count = shares?.folders.filter((share) => share.folderId === folderId).length ?? 0;
  return (
    <>
      <Button
        className="wm-share"
        variant="subtle"
        size="compact-sm"
        leftSection={<Icon name="people" size={16} />}
        onClick={() => setOpen(true)}
      >
        {count > 0 ? t("share.with", { count }) : t("share.open")}
      </Button>
      <Dialog title={t("share.title", { folder: name })} opened={isOpen} onClose={() => setOpen(false)} size="lg">
        {error !== null ? (
          <ErrorState error={error} onRetry={() => read()} />
        ) : shares === null ? (
          <LoadingState />
        ) : (
          <Sharing folderId={folderId} shares={shares} onChange={setShares} />
        )}
      </Dialog>
    </>
  );
}

interface SharingProps {
  readonly folderId: string;
  readonly shares: FolderSharesReply;
  readonly onChange: (shares: FolderSharesReply) => void;
}

function Sharing({ folderId, shares, onChange }: SharingProps) {
  const t = useT();
  const [ended, setEnded] = useState<{ readonly address: string; readonly access: Access } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const undo = useRef<HTMLButtonElement>(null);
  const { run, dialog } = useGuarded();
  // The button that was pressed is gone with its row.
  useEffect(() => {
    if (ended !== null) undo.current?.focus();
  }, [ended]);
  /** Whether it is so now. */
  const put = async (address: string, access: Access | null): Promise<boolean> => {
    setBusy(true);
    setError(null);
    setEnded(null);
    try {
      const body = { folderId, address, access } satisfies SetFolderShare;
      onChange(await run(() => load({ method: "PUT", body })));
      return true;
    } catch (problem) {
      setError(problem);
      return false;
    } finally {
      setBusy(false);
    }
  };
  const here = shares.folders.filter((share) => share.folderId === folderId);
  const mayUseAll = (address: string): boolean => shares.whole.some((share) => share.address === address);
  return (
    <Stack>
      <Text size="sm">{t(shares.whole.length === 0 ? "share.hint" : "share.hintWhole")}</Text>
      {here.length + shares.whole.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("share.none")}
        </Text>
      ) : (
        <Stack gap="xs" component="ul" className="wm-shares" aria-label={t("share.who")}>
          {here.map(({ address, access }) => (
            <Group key={address} gap="xs" component="li">
              <Text size="sm" flex="1 1 12rem" style={{ overflowWrap: "anywhere" }}>
                {address}
              </Text>
              <Group gap="xs" flex="0 1 20rem">
                <AccessSelect
                  label={t("share.accessOf", { address })}
                  isLabelHidden
                  value={access}
                  disabled={isBusy}
                  onChange={(wanted) => void put(address, wanted)}
                />
                <Button
                  variant="subtle"
                  size="compact-sm"
                  disabled={isBusy}
                  aria-label={t("share.removeOf", { address })}
                  onClick={async () => {
                    if (await put(address, null)) setEnded({ address, access });
                  }}
                >
                  {t("share.remove")}
                </Button>
              </Group>
            </Group>
          ))}
          {shares.whole.map(({ address }) => (
            <Text key={address} component="li" size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
              {t("share.whole", { address })}
            </Text>
          ))}
        </Stack>
      )}
      <Group role="status" gap="xs">
        {ended === null ? null : (
          <>
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {t(mayUseAll(ended.address) ? "share.endedWhole" : "share.ended", { address: ended.address })}
            </Text>
            <Button
              ref={undo}
              variant="default"
              size="compact-sm"
              onClick={() => void put(ended.address, ended.access)}
            >
              {t("mail.undo")}
            </Button>
          </>
        )}
      </Group>
      <AddPerson isBusy={isBusy} onGive={put} />
      <ProblemAlert error={error} />
      {dialog}
    </Stack>
  );
}

function AddPerson({
  isBusy,
  onGive,
}: {
  readonly isBusy: boolean;
  readonly onGive: (address: string, access: Access) => Promise<boolean>;
}) {
  const t = useT();
  const [address, setAddress] = useState("");
  const [access, setAccess] = useState<Access>("read");
  const give = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (await onGive(address.trim(), access)) setAddress("");
  };
  return (
    <form onSubmit={(event) => void give(event)}>
      <Stack gap="sm">
        <TextInput
          label={t("share.add")}
          description={t("share.addHint")}
          type="email"
          value={address}
          onChange={(event) => setAddress(event.currentTarget.value)}
          required
          withAsterisk={false}
          minLength={3}
          maxLength={254}
          autoComplete="off"
          data-autofocus
        />
        <Group align="flex-end">
          <AccessSelect label={t("share.may")} value={access} onChange={setAccess} />
          <Button type="submit" loading={isBusy}>
            {t("share.give")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface AccessSelectProps {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly value: Access;
  readonly disabled?: boolean;
  readonly onChange: (access: Access) => void;
}

function AccessSelect({ label, isLabelHidden = false, value, disabled = false, onChange }: AccessSelectProps) {
  const t = useT();
  const accesses = (["read", "write"] as const).map((access) => ({
    value: access,
    label: t(`share.access.${access}`),
  }));
  return (
    <Select
      {...(isLabelHidden ? { "aria-label": label } : { label })}
      data={accesses}
      value={value}
      onChange={(wanted) => {
        const access = accesses.find((one) => one.value === wanted)?.value;
        if (access !== undefined && access !== value) onChange(access);
      }}
      disabled={disabled}
      allowDeselect={false}
      flex="1 1 12.5rem"
    />
  );
}
