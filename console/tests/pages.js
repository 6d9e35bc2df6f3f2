// Every page of the console with something on it: where it is, what it is called, and which of its buttons change nothing.

import { readFileSync } from "node:fs";

import { DEVICES } from "./support.js";

const MANAGEMENT = "/beta/deviceManagement";

/** What a page must show as text, whoever wrote it. */
export const EVIL = `<img src=x onerror="alert(1)">"'><script>alert(2)</script>`;

/** A tenant that has one of everything, called and tagged as badly as the API lets; the pages that show it. */
export async function furnish(api) {
  const content = (text) => Buffer.from(`[cctk]\r\n${text}\r\n`).toString("base64");
  const group = await api.post("/beta/groups", { displayName: EVIL, description: EVIL, mailEnabled: false, mailNickname: "kiosks", securityEnabled: true, groupTypes: ["DynamicMembership"], membershipRule: '(device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk"))', membershipRuleProcessingState: "On" });
  const profile = await api.post(`${MANAGEMENT}/windowsAutopilotDeploymentProfiles`, { "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile", displayName: EVIL, description: EVIL });
  await api.post(`${MANAGEMENT}/windowsAutopilotDeploymentProfiles/${profile.id}/assignments`, { target: { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: group.id } });
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "SN-1", displayName: EVIL, groupTag: "Kiosk", userPrincipalName: EVIL, model: EVIL, manufacturer: EVIL }, { serialNumber: EVIL, groupTag: EVIL }]);
  await api.post(`${MANAGEMENT}/importedWindowsAutopilotDeviceIdentities`, { serialNumber: EVIL, groupTag: EVIL, hardwareIdentifier: Buffer.from("OA wrong").toString("base64") });
  const [record, deleted] = await api.createAll(`${MANAGEMENT}/hardwarePasswordDetails`, ["SN-1", EVIL].map((serialNumber) => ({ serialNumber, currentPassword: "not shown anywhere" })));
  await api.call("POST", `${MANAGEMENT}/hardwarePasswordDetails/${record.id}/muster.reveal`, undefined, { "Muster-Reason": EVIL, "Muster-Ticket": EVIL });
  await api.call("DELETE", `${MANAGEMENT}/hardwarePasswordDetails/${deleted.id}`);
  const configuration = await api.post(`${MANAGEMENT}/hardwareConfigurations`, { displayName: EVIL, description: EVIL, fileName: `${EVIL.replaceAll("/", "")}.cctk`, configurationFileContent: content(`Asset=${EVIL}\r\n${EVIL}`) });
  await api.call("PATCH", `${MANAGEMENT}/hardwareConfigurations/${configuration.id}`, { configurationFileContent: content(`Asset=2\r\n${EVIL}`) });
  await api.post(`${MANAGEMENT}/hardwareConfigurations/${configuration.id}/assign`, { hardwareConfigurationAssignments: [{ target: { "@odata.type": "#microsoft.graph.groupAssignmentTarget", groupId: group.id } }] });
  await api.post(`${DEVICES}/${device.id}/muster.reportConfiguration`, { configurationId: configuration.id, version: 1, state: "fail", output: EVIL, error: EVIL, osVersion: EVIL });
  return pagesOf({ group: group.id, profile: profile.id, device: device.id, record: record.id, configuration: configuration.id });
}

const pagesOf = (ids) => [
  { route: "/overview", title: "Overview" },
  { route: "/devices", title: "Devices", harmless: /^(Columns|Refresh|Profile status: Any|Enrollment: Any|Clear selection|Sort by .*|Serial number|Name|Group tag|User|Model|Profile status|Enrollment|Last contact)$/ },
  { route: "/devices/$id", at: `/devices/${ids.device}`, title: "SN-1", harmless: /^More$/ },
  { route: "/import", title: "Import devices", harmless: /^Choose files$/ },
  { route: "/profiles", title: "Deployment profiles" },
  { route: "/profiles/$id", at: `/profiles/${ids.profile}`, title: EVIL },
  { route: "/groups", title: "Groups" },
  { route: "/groups/$id", at: `/groups/${ids.group}`, title: EVIL },
  { route: "/configurations", title: "BIOS configurations" },
  { route: "/configurations/$id", at: `/configurations/${ids.configuration}`, title: EVIL, harmless: /^(Choose a file|Download( version \d+)?)$/ },
  { route: "/passwords", title: "BIOS passwords" },
  { route: "/passwords", at: "/passwords?show=deleted", title: "BIOS passwords" },
  { route: "/passwords/$id", at: `/passwords/${ids.record}`, title: "SN-1", harmless: /^(Show for 30 seconds|Copy without showing)$/ },
  { route: "/audit", title: "Audit", harmless: /^(Export|Clear all|Verify the chain)$/ },
  // Whoever builds tools turns the clock, which takes no permission.
  { route: "/dev", title: "Tool builder's corner", harmless: /^/ },
];

/** The paths that the console has pages at. */
export function routes() {
  const text = readFileSync(new URL("../src/routes.tsx", import.meta.url), "utf8");
  return [...text.matchAll(/\bpath: "(\/[^"]+)"/g)].map(([, path]) => path);
}

/** Goes to a page as a click on a link does, and waits until all of it is there. */
export async function open(person, { route, at = route, title }) {
  const { page } = person;
  await page.evaluate((path) => history.pushState(null, "", path), `/console${at}`);
  await person.heading(title).waitFor();
  await page.waitForFunction(() => document.querySelector("main h1") && !document.querySelector('main [role="progressbar"], main [aria-busy="true"]'));
}
