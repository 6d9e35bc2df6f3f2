// The live requests in the corner of a tool's builder: status, permission, near miss, and the same request as code.

import { Api, assert, DEVICES, test } from "./support.js";

// Requests without a token are shown to everybody, so the server is its own.
test("a tool's requests come up as they are made, and are copied as code", { config: "", permissions: ["clipboard-read", "clipboard-write"] }, async (person) => {
  const { page, tenant, origin, api } = person;
  await person.signIn("/console/dev");
  const section = page.getByRole("region", { name: "Requests" });
  await section.getByRole("heading", { name: "Nothing was asked yet" }).waitFor();
  await person.look("dev-no-requests");
  const path = `${DEVICES}?$top=5&$filter=${encodeURIComponent("groupTag eq 'Kiosk'")}`;
  // The administrator's token is one of the console's own application; so its requests are shown on demand.
  await section.getByRole("checkbox", { name: "With those of this console" }).check();
  await api.get(path);
  const refused = await fetch(`${origin}/beta/deviceManagement/windowsAutopilotDeviceIdentitys`, { headers: { Authorization: `Bearer ${await new Api(tenant, origin).token()}` } });
  assert.equal(refused.status, 404);
  await section.getByRole("checkbox", { name: "Only what was refused or failed" }).check();
  const row = section.getByRole("row", { name: /windowsAutopilotDeviceIdentitys 404/ });
  await row.getByText(/did you mean.*windowsAutopilotDeviceIdentities/).waitFor();
  await section.getByRole("checkbox", { name: "Only what was refused or failed" }).uncheck();
  const read = section.getByRole("row").filter({ hasText: "DeviceManagementServiceConfig.Read.All" }).filter({ has: page.getByRole("button", { name: `GET ${DEVICES}`, exact: true }) });
  await read.first().waitFor();
  await section.getByRole("button", { name: "Pause" }).click();
  await person.look("dev-requests");
  await read.first().getByRole("button").click();
  const dialog = page.getByRole("dialog", { name: "Request" });
  await dialog.getByText("$top=5&$filter=groupTag eq 'Kiosk'").waitFor();
  await person.look("dev-request");
  const copied = async (language) => {
    await dialog.getByRole("button", { name: `Copy as ${language}` }).click();
    await dialog.getByText(`${language} is in the clipboard.`).waitFor();
    return page.evaluate(() => navigator.clipboard.readText());
  };
  assert.match(await copied("curl"), /^curl .*-X GET 'https:[^']*\?\$top=5&\$filter=groupTag%20eq%20%27Kiosk%27' /);
  assert.match(await copied("PowerShell"), /^Invoke-RestMethod -Method GET -Uri 'https:[^']*Kiosk%27' -Headers/);
  assert.match(await copied("Python"), /httpx\.request\("GET", "https:/);
  const cSharp = await copied("C# (Graph SDK)");
  assert.match(cSharp, /graphClient\.DeviceManagement\.WindowsAutopilotDeviceIdentities\.GetAsync\(request =>/);
  assert.match(cSharp, /QueryParameters\.Filter = "groupTag eq 'Kiosk'";/);
  assert.match(await copied("JavaScript (Graph SDK)"), /client\.api\("\/deviceManagement\/windowsAutopilotDeviceIdentities\?\$top=5&\$filter=groupTag eq 'Kiosk'"\)\.version\("beta"\)\.get\(\);/);
});
