/** Host names of a mail domain that lead to a provider: policy, settings of mail programs, and what people type there. */
const labels = ["mta-sts", "autoconfig", "autodiscover", "webmail", "mail", "imap", "smtp", "pop"] as const;

/** In lower-case A-labels; none that would be too long to be a host name. */
export const namesOfDomain = (domain: string): readonly string[] =>
  labels.map((label) => `${label}.${domain}`).filter((name) => name.length <= 253);
