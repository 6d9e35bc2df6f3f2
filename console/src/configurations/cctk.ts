// The settings of a .cctk file, for somebody to look at and compare. What is wrong with a file, the server says.

export interface Setting {
  name: string;
  value: string;
}

export interface Difference {
  name: string;
  from: string | null;
  to: string | null;
}

/** A line is `Name=Value` or `--name=value`; others are comments and sections. */
const LINE = /^(?:--)?([^=;[\]\s][^=]*?)\s*=\s*(.*)$/;
/** Settings that have no place in a file, and whose values nobody is to read over a shoulder. */
const PASSWORD = /^(?:val)?(?:setup|sys|hdd|owner)pwd$/i;
const HIDDEN = "•••";
/** Bytes that are no UTF-8 are ANSI. */
const ANSI = "windows-1252";

export function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder(ANSI).decode(bytes);
  }
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

export function base64Of(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The settings in the order of the file; a name with a line for each of its values stands there for each. */
export function settingsOf(text: string): Setting[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    const [, name, value] = LINE.exec(line.trim()) ?? [];
    return name === undefined ? [] : [{ name, value: PASSWORD.test(name) ? HIDDEN : (value ?? "").trim() }];
  });
}

function valuesByName(settings: Setting[]): Map<string, { name: string; value: string }> {
  const values = new Map<string, { name: string; value: string }>();
  for (const { name, value } of settings) {
    const known = values.get(name.toLowerCase());
    values.set(name.toLowerCase(), { name, value: known ? `${known.value}, ${value}` : value });
  }
  return values;
}

/** What differs between two files; case and order do not. */
export function differences(from: Setting[], to: Setting[]): Difference[] {
  const [before, after] = [valuesByName(from), valuesByName(to)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((key) => {
    const [was, is] = [before.get(key), after.get(key)];
    if (was?.value.toLowerCase() === is?.value.toLowerCase()) return [];
    return [{ name: (is ?? was)?.name ?? key, from: was?.value ?? null, to: is?.value ?? null }];
  });
}
