import { decimalOfMicros } from "@casaforte/kernel";

export interface PriceChangeMail {
  readonly language: "it" | "en";
  readonly plan: string;
  /** The customer's own names of what runs. */
  readonly labels: readonly string[];
  readonly unit: "hour" | "month";
  readonly isPerMailbox: boolean;
  /** Of one unit of quantity, without tax. */
  readonly beforeMicros: bigint;
  readonly afterMicros: bigint;
  /** `YYYY-MM-DD` in Rome: the first day at the new price. */
  readonly day: string;
  readonly consoleUrl: string;
}

const words = {
  it: { hour: "all’ora", month: "al mese", each: " per casella", net: "senza IVA" },
  en: { hour: "an hour", month: "a month", each: " for each mailbox", net: "without VAT" },
} as const;

const euros = (micros: bigint, language: "it" | "en") =>
  language === "it" ? `${decimalOfMicros(micros).replace(".", ",")} €` : `€${decimalOfMicros(micros)}`;

/** What a customer reads of a change of price (R43). */
export function priceChangeMail(input: PriceChangeMail): { readonly subject: string; readonly text: string } {
  const { language, plan, labels, unit, isPerMailbox, consoleUrl } = input;
  const word = words[language];
  const day = input.day.split("-").toReversed().join(".");
  const price = (micros: bigint) =>
    `${euros(micros, language)} ${word[unit]}${isPerMailbox ? word.each : ""}, ${word.net}`;
  const [before, after] = [price(input.beforeMicros), price(input.afterMicros)];
  const page = `${consoleUrl}/services`;
  if (language === "it")
    return {
      subject: `Il prezzo di ${plan} cambia dal ${day}`,
      text: `Dal ${day} cambia il prezzo di un servizio che usate.\n\nPiano: ${plan}\nI vostri servizi: ${labels.join(", ")}\nPrezzo fino ad allora: ${before}\nPrezzo dal ${day}: ${after}\n\nChe cosa potete fare: se siete d’accordo, niente. Altrimenti fino al ${day} potete chiudere il servizio senza alcun costo per la chiusura, nella console:\n${page}\n\nIl periodo già iniziato si paga al prezzo di prima.\n`,
    };
  return {
    subject: `The price of ${plan} changes on ${day}`,
    text: `On ${day} the price of a service that you use changes.\n\nPlan: ${plan}\nYour services: ${labels.join(", ")}\nPrice until then: ${before}\nPrice from ${day}: ${after}\n\nWhat you can do: nothing, if you agree. Otherwise you may close the service until ${day}, and closing it costs nothing, in the console:\n${page}\n\nA period that has started is paid at the price from before.\n`,
  };
}
