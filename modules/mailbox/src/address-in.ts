import { domainToASCII } from "node:url";

/**
 * Whether an account's address, kept as it was typed, is in a domain given as lower-case A-labels: `ada@città.example` and
 * `ada@xn--citt-3na.example.` are in `xn--citt-3na.example`.
 */
export const isAddressIn = (address: string, domainName: string): boolean =>
  domainToASCII(
    address
      .slice(address.lastIndexOf("@") + 1)
      .replace(/\.$/, "")
      .normalize("NFC"),
  ).toLowerCase() === domainName;
