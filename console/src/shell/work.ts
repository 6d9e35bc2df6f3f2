// Long work: it goes on while pages come and go, and its panel shows how far it is.

import { useSyncExternalStore } from "react";

export type WorkState = "running" | "done" | "stopped";

export interface Work {
  id: number;
  title: string;
  state: WorkState;
  done: number;
  total: number;
  failed: number;
  /** What went wrong as a whole. */
  error: Error | null;
  /** What came of it, for the page that began it. */
  detail: string | null;
  stop: () => void;
}

let all: readonly Work[] = [];
let next = 1;
const listeners = new Set<() => void>();

function set(works: readonly Work[]) {
  all = works;
  listeners.forEach((listener) => listener());
}

function change(id: number, part: Partial<Work>) {
  set(all.map((work) => (work.id === id ? { ...work, ...part } : work)));
}

/** Reports how far a piece of work is. */
export type Report = (part: Partial<Pick<Work, "done" | "total" | "failed" | "detail">>) => void;

/** Begins work, which ends when its function does. */
export function begin(title: string, total: number, run: (report: Report, signal: AbortSignal) => Promise<void>): number {
  const id = next++;
  const stopping = new AbortController();
  set([{ id, title, state: "running", done: 0, total, failed: 0, error: null, detail: null, stop: () => stopping.abort() }, ...all]);
  const end = (error: Error | null) => {
    const isStopped = stopping.signal.aborted || error !== null;
    change(id, { state: isStopped ? "stopped" : "done", error: stopping.signal.aborted ? null : error });
  };
  run((part) => change(id, part), stopping.signal).then(() => end(null), end);
  return id;
}

export function dismiss(id: number): void {
  set(all.filter((work) => work.id !== id));
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useWorks(): readonly Work[] {
  return useSyncExternalStore(subscribe, () => all);
}

// Closing the tab would end it: the browser asks first.
addEventListener("beforeunload", (event) => {
  if (all.some((work) => work.state === "running")) event.preventDefault();
});
