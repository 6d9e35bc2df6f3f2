// BIOS configurations: files of settings, what is found in them, and how they fare on devices.

import { DEVICE_MANAGEMENT } from "../graph/client";

export const CONFIGURATIONS = `${DEVICE_MANAGEMENT}/hardwareConfigurations`;

export interface FileFinding {
  line: number;
  column: number;
  level: "error" | "warning" | "note";
  code: string;
  cause: string;
  remedy: string;
}

export interface Configuration {
  id: string;
  displayName: string;
  description: string | null;
  fileName: string;
  configurationFileContent: string;
  version: number;
  lastModifiedDateTime: string;
  "@muster.findings"?: FileFinding[];
}

export interface Rollout {
  currentRing: number;
  isHalted: boolean;
  haltReason: string | null;
  rings: { displayName: string | null; percent: number | null; groupId: string | null; minimumSuccesses: number }[];
}

export interface DeviceState {
  id: string;
  deviceName: string | null;
  configurationState: string;
  configurationError: string | null;
  configurationOutput: string | null;
  lastStateUpdateDateTime: string;
}

/** The states of a run, in the order in which they matter, and the counts of the summary that are of each. */
export const STATES = {
  success: "successfulDeviceCount",
  pending: "pendingDeviceCount",
  fail: "failedDeviceCount",
  scriptError: "errorDeviceCount",
  notApplicable: "notApplicableDeviceCount",
  unknown: "unknownDeviceCount",
} as const;

export type RunState = keyof typeof STATES;
export type RunSummary = Record<(typeof STATES)[RunState], number>;

export function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

export function textOf(content: string): string {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

export interface LineChange {
  kind: "added" | "removed";
  line: string;
}

/** The lines that only one of two files has, in their order. The order of settings means nothing. */
export function changesOf(before: string, after: string): LineChange[] {
  const lines = (text: string) => text.split(/\r\n|\r|\n/).map((line) => line.trim()).filter(Boolean);
  const [old, next] = [lines(before), lines(after)];
  const [known, wanted] = [new Set(old), new Set(next)];
  return [
    ...old.filter((line) => !wanted.has(line)).map((line) => ({ kind: "removed" as const, line })),
    ...next.filter((line) => !known.has(line)).map((line) => ({ kind: "added" as const, line })),
  ];
}
