// A token and a call to begin with, for the clipboard. Neither is shown.

import { Button, Text } from "@fluentui/react-components";
import { useState } from "react";

import { useCaller } from "../graph/caller";
import { accessToken } from "../session/session";
import { Facts } from "../shell/Facts";
import css from "../shell/Form.module.css";
import { Section } from "../shell/Section";
import { texts } from "../texts";

const words = texts.dev;
const PATH = "/beta/deviceManagement/windowsAutopilotDeviceIdentities?$top=5";

const CALLS = {
  curl: (url: string, token: string) => `curl --insecure -H 'Authorization: Bearer ${token}' '${url}'`,
  PowerShell: (url: string, token: string) => `Invoke-RestMethod -SkipCertificateCheck -Headers @{ Authorization = "Bearer ${token}" } -Uri '${url}'`,
  Python: (url: string, token: string) => `import httpx\nprint(httpx.get("${url}", headers={"Authorization": "Bearer ${token}"}, verify=False).json())`,
};

export function TokenSection() {
  const caller = useCaller();
  const [copied, setCopied] = useState<string | null>(null);
  const copy = (what: string, text: (token: string) => string) => {
    const token = accessToken();
    if (token) void navigator.clipboard.writeText(text(token)).then(() => setCopied(words.copied(what)));
  };
  return (
    <Section title={words.token}>
      <div className={css.form}>
        <Facts
          facts={[
            [texts.signIn.tenant, caller?.tenant],
            [words.permissions, caller ? words.permissionCount(caller.permissions.length) : null],
          ]}
        />
        <div className={css.actions}>
          <Button onClick={() => copy(words.token, (token) => token)}>{words.copyToken}</Button>
          {Object.entries(CALLS).map(([language, call]) => (
            <Button key={language} onClick={() => copy(language, (token) => call(location.origin + PATH, token))}>
              {words.copyAs(language)}
            </Button>
          ))}
        </div>
        {copied && <Text role="status">{copied}</Text>}
      </div>
    </Section>
  );
}
