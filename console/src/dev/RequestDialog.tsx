// One request whole, and the same again as code.

import { Button, Text } from "@fluentui/react-components";
import { useState } from "react";

import { type Fact, Facts } from "../shell/Facts";
import { InfoDialog } from "../shell/InfoDialog";
import { texts } from "../texts";
import { requests } from "../texts/requests";
import css from "./Requests.module.css";
import { missingOf, readable, type RecentRequest } from "./request";
import { SNIPPETS } from "./snippets";

const words = requests.dialog;

export function RequestDialog({ request, close }: { request: RecentRequest; close: () => void }) {
  const [notice, setNotice] = useState<string | null>(null);
  const codes = Object.entries(SNIPPETS).flatMap(([language, say]) => {
    const code = say(location.origin, request);
    return code === null ? [] : [{ language, code }];
  });
  const copy = (language: string, code: string) => {
    navigator.clipboard.writeText(code).then(
      () => setNotice(words.copied(language)),
      () => setNotice(words.notCopied),
    );
  };
  return (
    <InfoDialog title={words.title} close={close}>
      <Facts facts={factsOf(request)} />
      <Text weight="semibold">{words.copy}</Text>
      <div className={css.bar}>
        {codes.map(({ language, code }) => (
          <Button key={language} size="small" onClick={() => copy(language, code)}>
            {words.copyAs(language)}
          </Button>
        ))}
      </div>
      {request.method !== "GET" && request.method !== "DELETE" && <Text>{words.body}</Text>}
      {notice && <Text role="status">{notice}</Text>}
    </InfoDialog>
  );
}

function factsOf(request: RecentRequest): Fact[] {
  const { method, path, query, part, status, milliseconds, caller, permission, error } = request;
  const missing = missingOf(request);
  const { heads } = requests;
  return [
    [words.method, method],
    [words.path, path],
    ...(query ? ([[words.query, readable(query)]] as Fact[]) : []),
    ...(part ? ([[requests.title, requests.part(part)]] as Fact[]) : []),
    [heads.status, status],
    [heads.time, requests.milliseconds(milliseconds)],
    [words.caller, caller ? (caller.userPrincipalName ?? caller.kind) : words.noToken],
    [words.application, caller?.application],
    [heads.permission, missing ? `${requests.missing}: ${missing}` : permission],
    ...(error ? ([[words.code, `${error.code} (${error.number})`], [words.message, error.message], [words.target, error.target]] as Fact[]) : []),
    [texts.error.requestId, request.requestId],
  ];
}
