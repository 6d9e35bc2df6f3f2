// The pages of BIOS configurations: upload and findings, comparison, assignments, rings, runs and their results.

import { readFileSync } from "node:fs";

import { assert, DEVICES, test } from "./support.js";

const CONFIGURATIONS = "/beta/deviceManagement/hardwareConfigurations";

const fileOf = (name, ...lines) => ({ name, mimeType: "text/plain", buffer: Buffer.from(["[cctk]", ...lines, ""].join("\r\n")) });
const contentOf = (...lines) => fileOf("", ...lines).buffer.toString("base64");

/** Has the page's next choice of a file be this one. */
async function chooseFile(page, within, file) {
  const chosen = page.waitForEvent("filechooser");
  await within.getByRole("button", { name: "Choose a file" }).click();
  await (await chosen).setFiles(file);
}

test("a file is uploaded, found fault with, compared, and replaced by a new version", async (person) => {
  const { page, api } = person;
  await person.signIn("/console/configurations");
  await page.getByRole("heading", { name: "There are no BIOS configurations yet" }).waitFor();
  await person.look("configurations-empty");
  await person.button("Upload a file").click();
  const dialog = page.getByRole("dialog");
  await chooseFile(page, dialog, { ...fileOf("big.cctk"), buffer: Buffer.alloc(5_121, "x") });
  await dialog.getByText("A file may have 5,120 bytes at most.").waitFor();
  await chooseFile(page, dialog, fileOf("kiosk.cctk", "WakeOnLan=Disabled", "TpmClear=Enabled", "SetupPwd=x"));
  await dialog.getByRole("textbox", { name: "Name" }).fill("Kiosk");
  await dialog.getByText("1 error, 1 warning").waitFor();
  await dialog.getByRole("row", { name: /^3 Warning TpmClear=Enabled destroys all keys/ }).waitFor();
  await person.look("configuration-findings");
  assert.deepEqual((await api.get(CONFIGURATIONS)).value, [], "nothing is stored before somebody says so");
  await dialog.getByRole("button", { name: "Upload anyway" }).click();
  await dialog.getByText("The server has it as version 1.").waitFor();
  await dialog.getByRole("button", { name: "Open the configuration" }).click();
  await person.heading("Kiosk").waitFor();
  await api.post(CONFIGURATIONS, { displayName: "Office", fileName: "office.cctk", configurationFileContent: contentOf("wakeonlan=DISABLED", "NumLock=Enabled") });
  await page.reload();
  const compare = page.getByRole("region", { name: "Compare" });
  await compare.getByRole("combobox", { name: "Another configuration" }).selectOption({ label: "Office" });
  await compare.getByText("3 settings differ").waitFor();
  await compare.getByRole("row", { name: "NumLock Not there Enabled" }).waitFor();
  await page.getByRole("region", { name: "Settings" }).getByRole("row", { name: "SetupPwd •••" }).waitFor();
  await person.button("Upload a new version").click();
  await chooseFile(page, dialog, fileOf("kiosk.cctk", "WakeOnLan=LanOnly"));
  await dialog.getByRole("row", { name: "WakeOnLan Disabled LanOnly" }).waitFor();
  await dialog.getByText("Nothing was found in the file.").waitFor();
  await person.look("configuration-replace");
  await dialog.getByRole("button", { name: "Upload", exact: true }).click();
  await dialog.getByText("The server has it as version 2.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("region", { name: "Settings" }).getByRole("row", { name: "WakeOnLan LanOnly" }).waitFor();
  await person.button("Delete").click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("grid").getByRole("link", { name: "Office" }).waitFor();
  await person.look("configurations");
});

test("the numbers of a run open the devices behind them, and what became of each setting", async (person) => {
  const { page, api } = person;
  const configuration = await api.post(CONFIGURATIONS, { displayName: "Kiosk", fileName: "kiosk.cctk", configurationFileContent: contentOf("WakeOnLan=Disabled", "Virtualization=Enabled") });
  await api.post(`${CONFIGURATIONS}/${configuration.id}/assign`, { hardwareConfigurationAssignments: [{ target: { "@odata.type": "#microsoft.graph.allDevicesAssignmentTarget" } }] });
  const devices = await api.createAll(DEVICES, Array.from({ length: 6 }, (_, at) => ({ serialNumber: `SN-${at}`, displayName: `PC-${at}` })));
  const output = JSON.stringify({ attributesDigest: "", results: [{ name: "WakeOnLan", outcome: "changed" }, { name: "Virtualization", outcome: "refused", reason: "it is locked <b>" }] });
  for (const [at, { id }] of devices.entries()) {
    const report = at < 4 ? { state: "success", output: "" } : at === 4 ? { state: "fail", output, error: "it is locked <b>" } : { state: "scriptError", output: "exit code 7" };
    await api.post(`${DEVICES}/${id}/muster.reportConfiguration`, { configurationId: configuration.id, version: 1, error: null, osVersion: "10.0.26100", ...report });
  }
  await person.signIn(`/console/configurations/${configuration.id}`);
  await page.getByRole("link", { name: "Success 4 devices" }).waitFor();
  const grid = page.getByRole("grid", { name: "Devices" });
  await grid.getByRole("gridcell", { name: "PC-5" }).waitFor();
  await person.look("configuration");
  await page.getByRole("link", { name: "Failed 1 device" }).click();
  await grid.getByRole("gridcell", { name: "PC-0" }).waitFor({ state: "detached" });
  assert.equal(new URL(page.url()).search, "?state=fail");
  await grid.focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Results on PC-4" });
  await dialog.getByRole("row", { name: "Virtualization Refused it is locked <b>" }).waitFor();
  await dialog.getByRole("row", { name: "WakeOnLan Changed" }).waitFor();
  await person.look("configuration-results");
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByRole("combobox", { name: "State" }).selectOption({ label: "Error in the file" });
  await grid.getByText("PC-5").dblclick();
  await page.getByRole("dialog").getByText("exit code 7").waitFor();
  await page.getByRole("dialog").getByRole("link", { name: "Open the device" }).click();
  await person.heading("SN-5").waitFor();
});

// The clock is turned, so the server is its own.
test("a configuration is assigned, and rolled out in rings that are skipped and resumed", { config: "" }, async (person) => {
  const { page, api } = person;
  const group = await api.post("/beta/groups", { displayName: "Pilots", mailEnabled: false, mailNickname: "pilots", securityEnabled: true });
  const configuration = await api.post(CONFIGURATIONS, { displayName: "Kiosk", fileName: "kiosk.cctk", configurationFileContent: contentOf("WakeOnLan=Disabled") });
  await person.signIn(`/console/configurations/${configuration.id}`);
  const assignments = page.getByRole("region", { name: "Assignments" });
  await assignments.getByText(/It is assigned to nobody yet/).waitFor();
  await assignments.getByRole("combobox", { name: "Assign to" }).selectOption({ label: "All devices" });
  await assignments.getByRole("button", { name: "Assign" }).click();
  await assignments.getByRole("button", { name: "Remove All devices" }).waitFor();
  await assignments.getByRole("combobox", { name: "Assign to" }).selectOption({ label: "But not to a group" });
  await assignments.getByRole("combobox", { name: "Group" }).selectOption({ label: "Pilots" });
  await assignments.getByRole("button", { name: "Assign" }).click();
  await assignments.getByRole("button", { name: "Remove Not devices of the group Pilots" }).click();
  await assignments.getByText("Not devices of the group Pilots").waitFor({ state: "detached" });
  const rings = page.getByRole("region", { name: "Rings" });
  await rings.getByText("Without rings every device has the file at once.").waitFor();
  await rings.getByRole("button", { name: "Change the rings" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Add a ring" }).click();
  const first = dialog.getByRole("group", { name: "Ring 1" });
  await first.getByRole("textbox", { name: "Name" }).fill("Pilot");
  await first.getByRole("combobox", { name: "Devices by" }).selectOption({ label: "Group" });
  await first.getByRole("combobox", { name: "Group" }).selectOption({ label: "Pilots" });
  await dialog.getByRole("button", { name: "Add a ring" }).click();
  await dialog.getByRole("group", { name: "Ring 2" }).getByRole("spinbutton", { name: "Percent" }).fill("50");
  await dialog.getByRole("spinbutton", { name: "Halt after so many failures" }).fill("1");
  await person.look("configuration-rings-change");
  await dialog.getByRole("button", { name: "Save" }).click();
  await rings.getByRole("row", { name: "Pilot Group Pilots 1 success Under way" }).waitFor();
  await rings.getByRole("row", { name: "Ring 2 50 % of all 1 success Waits" }).waitFor();
  await rings.getByRole("button", { name: "Start the next ring now" }).click();
  await dialog.getByRole("button", { name: "Start the next ring now" }).click();
  await rings.getByRole("row", { name: "Pilot Group Pilots 1 success Has the file" }).waitFor();
  await rings.getByRole("button", { name: "Start the next ring now" }).click();
  await dialog.getByRole("button", { name: "Start the next ring now" }).click();
  await rings.getByRole("row", { name: "All others Has the file" }).waitFor();
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "SN-1" }]);
  await api.post(`${DEVICES}/${device.id}/muster.reportConfiguration`, { configurationId: configuration.id, version: 1, state: "fail", output: "", error: "it is locked", osVersion: null });
  await api.post("/_/clock", { advance: "PT5S" });
  await page.reload();
  await rings.getByText("Halted", { exact: true }).waitFor();
  await person.look("configuration-halted");
  await rings.getByRole("button", { name: "Go on after the halt" }).click();
  await person.confirm("Go on after the halt");
  await rings.getByText("Halted", { exact: true }).waitFor({ state: "detached" });
  assert.ok(group.id);
});

test("any two versions are compared, and a former one is saved and given out again", async (person) => {
  const { page, api } = person;
  const configuration = await api.post(CONFIGURATIONS, { displayName: "Kiosk", fileName: "kiosk.cctk", configurationFileContent: contentOf("WakeOnLan=Disabled") });
  const path = `${CONFIGURATIONS}/${configuration.id}`;
  await api.call("PATCH", path, { configurationFileContent: contentOf("WakeOnLan=LanOnly", "NumLock=Enabled") });
  await api.call("PATCH", path, { configurationFileContent: contentOf("WakeOnLan=LanOnly", "Camera=Enabled"), fileName: "new.cctk" });
  await person.signIn(`/console/configurations/${configuration.id}`);
  const versions = page.getByRole("region", { name: "Former versions" });
  await versions.getByRole("row", { name: /^1 kiosk.cctk/ }).waitFor();
  const compare = page.getByRole("region", { name: "Compare" });
  await compare.getByRole("combobox", { name: "Another version" }).selectOption({ label: "Version 2" });
  await compare.getByRole("row", { name: "NumLock Not there Enabled" }).waitFor();
  await compare.getByRole("combobox", { name: "Version", exact: true }).selectOption({ label: "Version 1" });
  await compare.getByRole("row", { name: "WakeOnLan Disabled LanOnly" }).waitFor();
  await compare.getByRole("columnheader", { name: "In version 1" }).waitFor();
  await compare.getByRole("combobox", { name: "Another version" }).selectOption({ label: "Version 3, the present one" });
  await compare.getByRole("row", { name: "Camera Not there Enabled" }).waitFor();
  await compare.scrollIntoViewIfNeeded();
  await person.look("configuration-versions");
  const saved = page.waitForEvent("download");
  await versions.getByRole("button", { name: "Download version 1" }).click();
  assert.match(readFileSync(await (await saved).path(), "utf8"), /WakeOnLan=Disabled/);
  await versions.getByRole("button", { name: "Give out again: version 1" }).click();
  const dialog = page.getByRole("dialog", { name: "Give out again: version 1" });
  await dialog.getByText(/becomes version 4/).waitFor();
  await dialog.getByRole("button", { name: "Give out again" }).click();
  await versions.getByRole("row", { name: /^3 new.cctk/ }).waitFor();
  await page.getByRole("region", { name: "Settings" }).getByRole("row", { name: "WakeOnLan Disabled" }).waitFor();
  const { version, fileName, configurationFileContent } = await api.get(path);
  assert.deepEqual([version, fileName, configurationFileContent], [4, "kiosk.cctk", contentOf("WakeOnLan=Disabled")]);
});

test("a server that refuses files with errors says so before one is sent", { config: '[firmware]\nlint = "refuse"\n' }, async (person) => {
  const { page } = person;
  await person.signIn("/console/configurations");
  await person.button("Upload a file").click();
  const dialog = page.getByRole("dialog");
  await chooseFile(page, dialog, fileOf("kiosk.cctk", "SetupPwd=x"));
  await dialog.getByText("This server is set to refuse files with errors.").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Upload anyway" }).getAttribute("aria-disabled"), "true");
});
