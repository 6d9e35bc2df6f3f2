// Pages on a narrow screen, as a zoom of 200 % makes of any: nothing is cut off, and nothing but tables scrolls sideways.

import { assert, DEVICES, test } from "./support.js";

const MANAGEMENT = "/beta/deviceManagement";

test("narrow screens keep the pages whole", { viewport: { width: 400, height: 800 } }, async (person) => {
  const { page, api } = person;
  const [device] = await api.createAll(DEVICES, [{ serialNumber: "SN-1" }]);
  const passwords = await api.post(`${MANAGEMENT}/hardwarePasswordDetails`, { serialNumber: "SN-1", currentPassword: "x" });
  const configuration = await api.post(`${MANAGEMENT}/hardwareConfigurations`, { displayName: "A configuration with a long name", fileName: "kiosk.cctk", configurationFileContent: Buffer.from("[cctk]\r\nWakeOnLan=Disabled\r\n").toString("base64") });
  await api.call("PATCH", `${MANAGEMENT}/hardwareConfigurations/${configuration.id}`, { fileName: "kiosk-2.cctk" });
  await api.post(`${MANAGEMENT}/hardwareConfigurations/${configuration.id}/deviceRunStates`, { deviceName: "PC-1", configurationState: "fail" });
  const pages = {
    overview: "Overview",
    [`devices/${device.id}`]: "SN-1",
    audit: "Audit",
    passwords: "BIOS passwords",
    [`passwords/${passwords.id}`]: "SN-1",
    configurations: "BIOS configurations",
    [`configurations/${configuration.id}`]: "A configuration with a long name",
    dev: "Tool builder's corner",
  };
  await person.signIn();
  for (const [path, title] of Object.entries(pages)) {
    await page.goto(`${person.origin}/console/${path}`);
    await person.heading(title).waitFor();
    await page.waitForFunction(() => !document.querySelector('[role="progressbar"]'));
    const sideways = await page.evaluate(() => {
      const main = document.querySelector("main");
      return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
    });
    assert.ok(sideways.every((pixels) => pixels <= 0), `${path}: ${sideways}`);
    await person.look(`narrow-${path.split("/")[0]}${path.includes("/") ? "-one" : ""}`);
  }
});
