// Deployment profiles and whom they are assigned to, as the Graph API tells them.

import { DEVICE_MANAGEMENT } from "../graph/client";

export const PROFILES = `${DEVICE_MANAGEMENT}/windowsAutopilotDeploymentProfiles`;

export interface Profile {
  "@odata.type"?: string;
  id: string;
  displayName: string | null;
  description: string | null;
  deviceNameTemplate: string | null;
  locale: string | null;
  preprovisioningAllowed: boolean | null;
  hardwareHashExtractionEnabled: boolean | null;
  outOfBoxExperienceSetting: Experience | null;
  lastModifiedDateTime: string;
}

export interface Experience {
  deviceUsageType: string;
  userType: string;
  eulaHidden: boolean;
  privacySettingsHidden: boolean;
  keyboardSelectionPageSkipped: boolean;
  escapeLinkHidden: boolean;
}

export const EXPERIENCE_DEFAULT: Experience = {
  deviceUsageType: "singleUser",
  userType: "administrator",
  eulaHidden: true,
  privacySettingsHidden: true,
  keyboardSelectionPageSkipped: false,
  escapeLinkHidden: true,
};

export const ENTRA_JOINED = "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile";

const NAME_MAX = 15;
const SERIAL = /%SERIAL%/i;
const RANDOM = /%RAND:(\d+)%/i;

/**
 * What is wrong with a template of names, or what it makes: the rule of the documents. The server has the last word.
 */
export function nameOf(template: string): { example: string } | { fault: "length" | "characters" | "digits" | "macros" } {
  const macros = template.match(/%[^%]*%/g) ?? [];
  const isKnown = macros.every((macro) => SERIAL.test(macro) || RANDOM.test(macro));
  if (macros.length > 1 || !isKnown) return { fault: "macros" };
  const digits = Number(RANDOM.exec(template)?.[1] ?? 0);
  const rest = template.replace(SERIAL, "").replace(RANDOM, "");
  if (!/^[A-Za-z0-9-]*$/.test(rest)) return { fault: "characters" };
  if (rest.length + digits > NAME_MAX || (SERIAL.test(template) && rest.length > 7)) return { fault: "length" };
  if (macros.length === 0 && /^\d+$/.test(rest)) return { fault: "digits" };
  const example = template.replace(SERIAL, "5CG1234XYZ").replace(RANDOM, "7".repeat(digits));
  return { example: example.slice(0, NAME_MAX) };
}
