// A look at the passwords of a record: with a reason, for a short time, or into the clipboard without being shown.

import { Button, Field, Input, Text } from "@fluentui/react-components";
import { type FormEvent, useState } from "react";

import { useAct } from "../graph/act";
import { Failure } from "../shell/Failure";
import { Section } from "../shell/Section";
import { passwords } from "../texts/passwords";
import { type Passwords, reveal } from "./password";
import css from "./Passwords.module.css";
import { useStanding } from "./requests";
import { ShownPasswords } from "./ShownPasswords";
import { StandingNote } from "./StandingNote";

const words = passwords.reveal;
/** What a header of HTTP takes as it is. */
const ASCII = /^[\x20-\x7e]{0,1024}$/;

export function RevealSection({ id }: { id: string }) {
  const [reason, setReason] = useState("");
  const [ticket, setTicket] = useState("");
  const [isAsked, setIsAsked] = useState(false);
  const [shown, setShown] = useState<Passwords | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const { run, error, isBusy } = useAct();
  const standing = useStanding(id);
  const isGood = reason.trim() !== "" && ASCII.test(reason) && ASCII.test(ticket);
  const look = (use: (passwords: Passwords) => unknown) => {
    setIsAsked(true);
    setNotice(null);
    if (!isGood) return;
    setShown(null);
    void run(async () => {
      const answer = await reveal(id, { reason: reason.trim(), ticket: ticket.trim() });
      // A request that waits from now on is among those that are listed.
      if ("expiresDateTime" in answer) return;
      standing.forget();
      await use(answer);
    });
  };
  const copy = async ({ currentPassword }: Passwords) => {
    if (currentPassword === null) return setNotice(words.nothing);
    const copied = navigator.clipboard.writeText(currentPassword);
    return setNotice(await copied.then(() => words.copied, () => words.notCopied));
  };
  const show = (event: FormEvent) => {
    event.preventDefault();
    look(setShown);
  };
  return (
    <Section title={words.title}>
      <form className={css.form} onSubmit={show} autoComplete="off" noValidate>
        <Text>{words.note}</Text>
        <Field label={words.reason} required hint={words.reasonHint} {...refusal(reason, isAsked && reason.trim() === "")}>
          <Input value={reason} onChange={(_, { value }) => setReason(value)} />
        </Field>
        <Field label={words.ticket} {...refusal(ticket, false)}>
          <Input value={ticket} onChange={(_, { value }) => setTicket(value)} />
        </Field>
        <div className={css.buttons}>
          <Button type="submit" appearance="primary" disabledFocusable={isBusy}>
            {words.show}
          </Button>
          <Button disabledFocusable={isBusy} onClick={() => look(copy)}>
            {words.copy}
          </Button>
        </div>
        <StandingNote standing={standing} />
        {error && <Failure error={error} />}
        {notice && <Text role="status">{notice}</Text>}
      </form>
      {shown && <ShownPasswords passwords={shown} hide={() => (setShown(null), setNotice(words.hidden))} />}
    </Section>
  );
}

function refusal(text: string, isMissing: boolean) {
  if (!ASCII.test(text)) return { validationMessage: words.ascii };
  return isMissing ? { validationMessage: words.needed } : {};
}
