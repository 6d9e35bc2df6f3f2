// Imports that are under way or have ended, kept by the browser with their files, so that a closed tab loses nothing.
// There are no secrets among them: a hardware hash says what a device is, and opens nothing.

import type { Values } from "./inspection";

export interface Counts {
  registered: number;
  already: number;
  failed: number;
  leftOut: number;
}

export interface StoredImport {
  id: string;
  tenant: string;
  name: string;
  file: Blob;
  groupTag: string;
  headerLine: number;
  rows: number;
  /** Rows that were mended, by line; null if a row is left out. */
  mended: Record<number, Values | null>;
  /** The last line that is done. */
  doneLine: number;
  counts: Counts;
  isEnded: boolean;
}

const DATABASE = "muster";
const IMPORTS = "imports";
const REPORTS = "reports";

function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's storage failed"));
  });
}

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore(IMPORTS, { keyPath: "id" });
    request.result.createObjectStore(REPORTS, { autoIncrement: true }).createIndex("import", "import");
  };
  opened ??= result(request);
  return opened;
}

async function transaction(mode: IDBTransactionMode): Promise<{ imports: IDBObjectStore; reports: IDBObjectStore; ended: Promise<void> }> {
  const begun = (await database()).transaction([IMPORTS, REPORTS], mode);
  const ended = new Promise<void>((resolve, reject) => {
    begun.oncomplete = () => resolve();
    begun.onabort = () => reject(begun.error ?? new Error("the browser's storage failed"));
  });
  return { imports: begun.objectStore(IMPORTS), reports: begun.objectStore(REPORTS), ended };
}

const listeners = new Set<() => void>();

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Keeps how far an import is, with the lines that its report grows by. */
export async function keep(stored: StoredImport, report: string): Promise<void> {
  const { imports, reports, ended } = await transaction("readwrite");
  imports.put(stored);
  if (report) reports.add({ import: stored.id, report });
  await ended;
  listeners.forEach((listener) => listener());
}

/** The imports of a tenant. */
export async function storedImports(tenant: string): Promise<StoredImport[]> {
  const { imports } = await transaction("readonly");
  const all = (await result(imports.getAll())) as StoredImport[];
  return all.filter((stored) => stored.tenant === tenant);
}

export async function reportOf(id: string): Promise<string[]> {
  const { reports } = await transaction("readonly");
  const parts = (await result(reports.index("import").getAll(id))) as { report: string }[];
  return parts.map(({ report }) => report);
}

export async function forget(id: string): Promise<void> {
  const { imports, reports, ended } = await transaction("readwrite");
  imports.delete(id);
  for (const key of await result(reports.index("import").getAllKeys(id))) reports.delete(key);
  await ended;
  listeners.forEach((listener) => listener());
}
