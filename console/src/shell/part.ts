// Parts of the console that are loaded when they are first shown. One that is gone, because the server was updated meanwhile, is
// offered by a load of the whole page: to reload by itself would end work that is under way.

import type { ReactNode } from "react";

import { readSettings } from "../session/settings";

/** Why a part did not come: the server has those of another version, or is not there. */
export type Missing = "updated" | "unreachable";

let missing: Missing | null = null;
const listeners = new Set<() => void>();

export const missingPart = () => missing;

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

addEventListener("vite:preloadError", (event) => {
  event.preventDefault();
  const tell = (why: Missing) => {
    missing = why;
    listeners.forEach((listener) => listener());
  };
  readSettings().then(() => tell("updated"), () => tell("unreachable"));
});

const Nothing = () => null;

/** The component of this name in a module, or another one if the module does not come. */
export async function part<Module, Name extends keyof Module>(load: () => Promise<Module>, name: Name, otherwise: () => ReactNode = Nothing): Promise<{ default: Module[Name] }> {
  const module = (await load()) as Module | undefined;
  return { default: module ? module[name] : (otherwise as Module[Name]) };
}
