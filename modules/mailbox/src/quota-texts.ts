import type { QuotaCrossing } from "./store-quota-levels.ts";

type Reader = "owner" | "administrator";
type Text = readonly [subject: string, body: string];

const texts: Readonly<Record<"full" | "filling", Readonly<Record<Reader, Readonly<Record<"it" | "en", Text>>>>>> = {
  filling: {
    owner: {
      it: [
        "La tua casella: {level} % dello spazio usato",
        "La casella {address} usa {used} GB di {quota} GB. Quando è piena del tutto i nuovi messaggi tornano al mittente. Svuota il cestino, elimina quel che non serve o chiedi più spazio al tuo amministratore.",
      ],
      en: [
        "Your mailbox is {level} % full",
        "The mailbox {address} uses {used} GB of {quota} GB. Once it is entirely full new messages go back to their senders. Empty the trash, delete what you do not need or ask your administrator for more space.",
      ],
    },
    administrator: {
      it: [
        "La casella {address}: {level} % dello spazio usato",
        "La casella {address} usa {used} GB di {quota} GB. Quando è piena del tutto i nuovi messaggi tornano al mittente. Nella console puoi darle più spazio.",
      ],
      en: [
        "The mailbox {address} is {level} % full",
        "The mailbox {address} uses {used} GB of {quota} GB. Once it is entirely full new messages go back to their senders. You can give it more space in the console.",
      ],
    },
  },
  full: {
    owner: {
      it: [
        "La tua casella è piena",
        "La casella {address} usa {used} GB di {quota} GB: non c'è più posto per nuovi messaggi, che dopo cinque giorni tornano al mittente. Svuota il cestino, elimina quel che non serve o chiedi più spazio al tuo amministratore.",
      ],
      en: [
        "Your mailbox is full",
        "The mailbox {address} uses {used} GB of {quota} GB: there is no room for new messages, which go back to their senders after five days. Empty the trash, delete what you do not need or ask your administrator for more space.",
      ],
    },
    administrator: {
      it: [
        "La casella {address} è piena",
        "La casella {address} usa {used} GB di {quota} GB: non c'è più posto per nuovi messaggi, che dopo cinque giorni tornano al mittente. Nella console puoi darle più spazio.",
      ],
      en: [
        "The mailbox {address} is full",
        "The mailbox {address} uses {used} GB of {quota} GB: there is no room for new messages, which go back to their senders after five days. You can give it more space in the console.",
      ],
    },
  },
};

/** Subject and body in a reader's language. */
export function quotaText(
  { address, usedBytes, quotaBytes, after }: QuotaCrossing,
  reader: Reader,
  language: "it" | "en",
): { readonly subject: string; readonly text: string } {
  const [subject, body] = texts[after === 100 ? "full" : "filling"][reader][language];
  const gigabytes = (bytes: bigint) =>
    new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(Number(bytes) / 1e9);
  const values: Readonly<Record<string, string>> = {
    address,
    level: String(after),
    used: gigabytes(usedBytes),
    quota: gigabytes(quotaBytes),
  };
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? "");
  return { subject: fill(subject), text: `${fill(body)}\n` };
}
