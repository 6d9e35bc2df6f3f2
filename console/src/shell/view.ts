// What the address of a page says of its view, so that it can be sent to somebody else.

/** The texts that the address has under these names; what is no text, or empty, is left out. */
export function readTexts<const N extends string>(names: readonly N[], search: Record<string, unknown>): Partial<Record<N, string>> {
  const view: Partial<Record<N, string>> = {};
  for (const name of names) {
    const value = search[name];
    if (typeof value === "number" || typeof value === "boolean") view[name] = String(value);
    else if (typeof value === "string" && value !== "") view[name] = value;
  }
  return view;
}
