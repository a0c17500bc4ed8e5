/** Words a password must not consist of: the address and the name. */
export const passwordWords = (address: string, name: string): readonly string[] =>
  [...address.split(/[@.]/), ...name.split(/\s+/)].filter((word) => word.length >= 3);
