// A new password for a record that no device reports of; the former one goes to its history.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Text } from "@fluentui/react-components";
import { type FormEvent, useState } from "react";

import { useAct } from "../graph/act";
import { Failure } from "../shell/Failure";
import { texts } from "../texts";
import { passwords } from "../texts/passwords";
import { nameOf, type PasswordRecord, setPassword } from "./password";
import css from "./Passwords.module.css";

const words = passwords.set;

export function SetPasswordDialog({ record, close }: { record: PasswordRecord; close: () => void }) {
  const [password, setText] = useState("");
  const [again, setAgain] = useState("");
  const { run, error, isBusy } = useAct();
  const isDifferent = again !== "" && again !== password;
  const isGood = password !== "" && again === password;
  const set = (event: FormEvent) => {
    event.preventDefault();
    if (isGood) void run(() => setPassword(record.id, password)).then((done) => done && close());
  };
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <form onSubmit={set} autoComplete="off">
          <DialogBody>
            <DialogTitle>{words.title(nameOf(record))}</DialogTitle>
            <DialogContent className={css.form ?? ""}>
              <Text>{words.note}</Text>
              <Field label={words.password} required>
                <Input type="password" autoComplete="new-password" value={password} onChange={(_, { value }) => setText(value)} />
              </Field>
              <Field label={words.again} required {...(isDifferent && { validationMessage: words.different })}>
                <Input type="password" autoComplete="new-password" value={again} onChange={(_, { value }) => setAgain(value)} />
              </Field>
              {error && <Failure error={error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>{texts.change.cancel}</Button>
              <Button type="submit" appearance="primary" disabledFocusable={isBusy || !isGood}>
                {words.verb}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
