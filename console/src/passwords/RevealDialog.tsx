// A look at the passwords of a record: with a reason, for thirty seconds, or into the clipboard without being shown.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Text } from "@fluentui/react-components";
import { type FormEvent, useEffect, useState } from "react";

import { Failure } from "../shell/Failure";
import { texts } from "../texts";
import { type PasswordRecord, type Passwords, reveal } from "./password";
import css from "./PasswordsPage.module.css";

const SHOWN_SECONDS = 30;
const words = texts.passwords;

export function RevealDialog({ record, close }: { record: PasswordRecord; close: () => void }) {
  const [reason, setReason] = useState("");
  const [ticket, setTicket] = useState("");
  const [shown, setShown] = useState<Passwords | null>(null);
  const [notice, setNotice] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (!shown) return undefined;
    setLeft(SHOWN_SECONDS);
    const ticking = setInterval(() => setLeft((seconds) => seconds - 1), 1_000);
    const hiding = setTimeout(() => {
      setShown(null);
      setNotice(words.hidden);
    }, SHOWN_SECONDS * 1_000);
    return () => {
      clearInterval(ticking);
      clearTimeout(hiding);
    };
  }, [shown]);
  const look = (use: (passwords: Passwords) => void | Promise<void>) => {
    setError(null);
    setNotice(null);
    reveal(record.id, reason.trim(), ticket.trim())
      .then((passwords) => (passwords ? use(passwords) : setNotice(words.waits)))
      .catch(setError);
  };
  const copy = async ({ currentPassword }: Passwords) => {
    await navigator.clipboard.writeText(currentPassword ?? "");
    setNotice(words.copied);
  };
  const show = (event: FormEvent) => {
    event.preventDefault();
    look(setShown);
  };
  const hasReason = reason.trim() !== "";
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <form onSubmit={show} autoComplete="off">
          <DialogBody>
            <DialogTitle>{words.titleOf(record.serialNumber ?? record.id)}</DialogTitle>
            <DialogContent className={css.content ?? ""}>
              <Text>{words.note}</Text>
              <Field label={words.reason} required>
                <Input value={reason} maxLength={1_024} onChange={(_, { value }) => setReason(value)} />
              </Field>
              <Field label={words.ticket}>
                <Input value={ticket} maxLength={1_024} onChange={(_, { value }) => setTicket(value)} />
              </Field>
              {error && <Failure error={error} />}
              {notice && <Text role="status">{notice}</Text>}
              {shown && <Shown passwords={shown} left={left} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>{texts.work.close}</Button>
              <Button disabledFocusable={!hasReason} onClick={() => hasReason && look(copy)}>
                {words.copy}
              </Button>
              <Button type="submit" appearance="primary" disabledFocusable={!hasReason}>
                {words.show}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

function Shown({ passwords, left }: { passwords: Passwords; left: number }) {
  return (
    <div role="group" aria-label={words.shown} className={css.content}>
      <Text weight="semibold">{words.current}</Text>
      <div className={css.secret}>{passwords.currentPassword ?? words.noPassword}</div>
      {passwords.previousPasswords.length > 0 && (
        <>
          <Text weight="semibold">{words.previous}</Text>
          {passwords.previousPasswords.map((password, at) => (
            <div key={at} className={css.secret}>
              {password}
            </div>
          ))}
        </>
      )}
      <Text>{words.left(left)}</Text>
    </div>
  );
}
