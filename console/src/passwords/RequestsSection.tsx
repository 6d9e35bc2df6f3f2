// Who waits for an approval to be shown passwords. Nobody approves of an own request; the server sees to that.

import { Button, Text } from "@fluentui/react-components";
import { useState } from "react";

import { type Collection } from "../graph/client";
import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { Failure } from "../shell/Failure";
import { Section } from "../shell/Section";
import { texts } from "../texts";
import { approve, PASSWORDS, type RevealRequest } from "./password";
import css from "./PasswordsPage.module.css";

const words = texts.passwords;

export function RequestsSection() {
  const requests = useResource<Collection<RevealRequest>>(`${PASSWORDS}/muster.requests()`);
  const [error, setError] = useState<Error | null>(null);
  const waiting = requests.data?.value ?? [];
  if (waiting.length === 0) return null;
  return (
    <Section title={words.requests}>
      {error && <Failure error={error} />}
      <ul className={css.requests}>
        {waiting.map((request) => (
          <li key={request.id}>
            <Text>{words.request(request.requestedBy, request.serialNumber ?? request.id, request.reason, dateTime(request.expiresDateTime))}</Text>{" "}
            <Button size="small" onClick={() => void approve(request.id).then(() => requests.refetch(), setError)}>
              {words.approve}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
