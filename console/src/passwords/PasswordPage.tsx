// One record of passwords: what is told of it, the way to look, and what can be done with it.

import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { MAY, useMissing } from "../graph/caller";
import { dateTime } from "../graph/dates";
import { useResource } from "../graph/resource";
import { AllowedButton } from "../shell/Allowed";
import { ConfirmDialog } from "../shell/ConfirmDialog";
import { Empty } from "../shell/Empty";
import { type Fact, Facts } from "../shell/Facts";
import { PageHeader } from "../shell/PageHeader";
import { Answer, Section, Sections } from "../shell/Section";
import { texts } from "../texts";
import { passwords as words } from "../texts/passwords";
import { ageOf } from "./age";
import { markCanary, nameOf, type PasswordRecord, pathOfRecord, remove, rotate, useMetadata } from "./password";
import css from "./Passwords.module.css";
import { RevealSection } from "./RevealSection";
import { SetPasswordDialog } from "./SetPasswordDialog";

const route = getRouteApi("/passwords/$id");

type Asked = "rotate" | "set" | "mark" | "unmark" | "delete";

export function PasswordPage() {
  const { id } = route.useParams();
  const missing = useMissing(MAY.readPasswords);
  const metadata = useMetadata();
  const [asked, setAsked] = useState<Asked | null>(null);
  const record = useResource<PasswordRecord>(metadata && missing === null ? pathOfRecord(id, metadata) : null);
  const name = record.data ? nameOf(record.data) : "";
  const verbs: [Asked, string][] = [
    ["rotate", words.rotate.verb],
    ["set", words.set.verb],
    ["mark", words.canary.mark],
    ["unmark", words.canary.unmark],
    ["delete", words.delete.verb],
  ];
  return (
    <>
      <PageHeader title={name || words.title}>
        {verbs.map(([verb, title]) => (
          <AllowedButton key={verb} may={MAY.changeConfigurations} disabled={!record.data} onClick={() => setAsked(verb)}>
            {title}
          </AllowedButton>
        ))}
      </PageHeader>
      {missing !== null ? (
        <Empty title={texts.error.needs(missing)} next={texts.error.todo(403)} />
      ) : (
        <Answer answer={record}>
          {(record) => (
            <Sections>
              <Section title={words.facts}>
                <Facts facts={factsOf(record)} />
                <Link to="/audit" search={{ resource: id }} className={css.link ?? ""}>
                  {words.audit}
                </Link>
              </Section>
              <RevealSection key={id} id={id} />
            </Sections>
          )}
        </Answer>
      )}
      {asked && record.data && <Asking record={record.data} asked={asked} close={() => setAsked(null)} />}
    </>
  );
}

function Asking({ record, asked, close }: { record: PasswordRecord; asked: Asked; close: () => void }) {
  const { id } = record;
  const name = nameOf(record);
  const navigate = useNavigate();
  const leave = async () => {
    await remove(id);
    await navigate({ to: "/passwords", search: {} });
  };
  const canary = { note: words.canary.note, close };
  switch (asked) {
    case "rotate":
      return <ConfirmDialog title={words.rotate.title(name)} note={words.rotate.note} verb={words.rotate.verb} act={() => rotate(id)} close={close} />;
    case "set":
      return <SetPasswordDialog record={record} close={close} />;
    case "mark":
      return <ConfirmDialog {...canary} title={words.canary.title(name)} verb={words.canary.mark} act={() => markCanary(id, true)} />;
    case "unmark":
      return <ConfirmDialog {...canary} title={words.canary.unmarkTitle(name)} verb={words.canary.unmark} act={() => markCanary(id, false)} />;
    case "delete":
      return <ConfirmDialog title={words.delete.title(name)} note={words.delete.note} verb={words.delete.verb} act={leave} close={close} />;
  }
}

function factsOf(record: PasswordRecord): Fact[] {
  const { columns } = words;
  const set = record.currentPasswordDateTime;
  const facts: Fact[] = [[columns.serialNumber, record.serialNumber]];
  if (record.passwordState !== undefined) {
    facts.push(
      [columns.passwordState, words.states[record.passwordState] ?? record.passwordState],
      [columns.currentPasswordDateTime, set ? `${dateTime(set)} (${ageOf(set)})` : words.unknown],
      [columns.previousPasswordCount, record.previousPasswordCount ?? words.unknown],
    );
  }
  return [...facts, [columns.id, record.id]];
}
