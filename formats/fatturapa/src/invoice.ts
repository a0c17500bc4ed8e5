/** Somebody on an e-invoice. */
export interface Party {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly name: string;
  /** Without the country's letters; null for who has none. */
  readonly vatNumber: string | null;
  readonly taxCode: string | null;
  readonly address: string;
  readonly postalCode: string;
  readonly city: string;
  readonly province: string | null;
}

export interface InvoiceLine {
  readonly description: string;
  /** Negative for a correction in the customer's favour. */
  readonly quantity: bigint;
  readonly unitName: string;
  /** Civil dates, `YYYY-MM-DD`. */
  readonly from: string;
  readonly until: string;
  readonly priceMicros: bigint;
  readonly netCents: bigint;
  readonly basisPoints: bigint;
  /** Why the rate is zero: `N2.1`. */
  readonly nature: string | null;
}

export interface InvoiceSummary {
  readonly basisPoints: bigint;
  readonly nature: string | null;
  readonly netCents: bigint;
  readonly vatCents: bigint;
  readonly legalReference: string | null;
}

/** What an ordinary e-invoice says (FPR12). Amounts of a credit note are positive: TD04 says the direction. */
export interface EInvoice {
  readonly type: "TD01" | "TD04";
  readonly number: string;
  readonly date: string;
  /** Unlike any other of this transmitter: letters and digits, at most ten. */
  readonly progressive: string;
  readonly seller: Party & { readonly taxRegime: string };
  readonly customer: Party;
  /** Seven characters; null where the customer gave none. */
  readonly recipientCode: string | null;
  readonly certifiedMail: string | null;
  readonly lines: readonly InvoiceLine[];
  readonly summaries: readonly InvoiceSummary[];
  readonly totalCents: bigint;
  readonly credits: { readonly number: string; readonly date: string } | null;
  readonly payment: { readonly dueOn: string; readonly iban: string | null } | null;
}
