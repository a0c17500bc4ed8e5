import { Pill, PillsInput } from "@mantine/core";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { fullAddress, isAddress, readAddresses, shownName } from "../addresses.ts";
import type { MailClient } from "../jmap/client.ts";
import type { EmailAddress } from "../jmap/types.ts";
import { useT } from "../translate.ts";

export interface RecipientsProps {
  readonly client: MailClient;
  readonly label: string;
  readonly value: readonly EmailAddress[];
  readonly onChange: (addresses: readonly EmailAddress[]) => void;
  readonly hasFocus?: boolean;
}

/** People seen in the mail that is in the page; enough to complete most addresses without another request. */
function knownPeople(client: MailClient): readonly EmailAddress[] {
  const found = new Map<string, EmailAddress>();
  for (const email of client.store.state.emails.values()) {
    for (const address of [...(email.from ?? []), ...(email.to ?? [])]) {
      const key = address.email.toLowerCase();
      if (!found.get(key)?.name) found.set(key, address);
    }
  }
  return [...found.values()];
}

/** Addresses as pills; Enter, comma, semicolon or leaving the field turn the text into one. */
export function Recipients({ client, label, value, onChange, hasFocus }: RecipientsProps) {
  const t = useT();
  const [text, setText] = useState("");
  const listId = useId();
  const people = useMemo(() => knownPeople(client), [client]);
  const commit = (typed: string): void => {
    const added = readAddresses(typed);
    if (added.length > 0) onChange([...value, ...added]);
    setText("");
  };
  const onKey = (event: KeyboardEvent): void => {
    if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "," || event.key === ";") {
      if (text.trim() === "") return;
      event.preventDefault();
      commit(text);
    } else if (event.key === "Backspace" && text === "") {
      onChange(value.slice(0, -1));
    }
  };
  const suggestions =
    text.length < 2
      ? []
      : people.filter((person) => fullAddress(person).toLowerCase().includes(text.toLowerCase())).slice(0, 8);
  return (
    <PillsInput label={label} className="wm-recipients" size="sm">
      <Pill.Group>
        {value.map((address, index) => (
          <Pill
            // biome-ignore lint/suspicious/noArrayIndexKey: the same address may be there twice.
            key={`${address.email}-${index}`}
            withRemoveButton
            className={isAddress(address.email) ? "" : "wm-bad-recipient"}
            title={address.email}
            removeButtonProps={{
              "aria-label": t("compose.attach.remove", { name: shownName(address) }),
              tabIndex: 0,
              "aria-hidden": false,
            }}
            onRemove={() => onChange(value.filter((_, other) => other !== index))}
          >
            {shownName(address)}
          </Pill>
        ))}
        <PillsInput.Field
          aria-label={label}
          value={text}
          list={listId}
          autoComplete="off"
          autoFocus={hasFocus ?? false}
          onChange={(event) => {
            const typed = event.currentTarget.value;
            // A chosen suggestion is a whole address at once.
            if (/<[^<>\s]+@[^<>\s]+>$/.test(typed)) commit(typed);
            else setText(typed);
          }}
          onKeyDown={onKey}
          onBlur={() => commit(text)}
          onPaste={(event) => {
            const pasted = event.clipboardData.getData("text");
            if (!/[,;\n]/.test(pasted)) return;
            event.preventDefault();
            commit(pasted);
          }}
        />
        <datalist id={listId}>
          {suggestions.map((person) => (
            <option key={person.email} value={fullAddress({ ...person, name: person.name ?? person.email })} />
          ))}
        </datalist>
      </Pill.Group>
    </PillsInput>
  );
}
