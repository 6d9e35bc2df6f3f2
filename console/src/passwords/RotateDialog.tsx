// A new password for a record; the former one goes to its history.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input } from "@fluentui/react-components";
import { type FormEvent, useState } from "react";

import { Failure } from "../shell/Failure";
import { texts } from "../texts";
import { type PasswordRecord, rotate } from "./password";
import css from "./PasswordsPage.module.css";

const words = texts.passwords;

export function RotateDialog({ record, close }: { record: PasswordRecord; close: () => void }) {
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const isDifferent = again !== "" && again !== password;
  const set = (event: FormEvent) => {
    event.preventDefault();
    if (password === "" || again !== password) return;
    rotate(record.id, password).then(close, setError);
  };
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <form onSubmit={set} autoComplete="off">
          <DialogBody>
            <DialogTitle>{words.rotateTitle(record.serialNumber ?? record.id)}</DialogTitle>
            <DialogContent className={css.content ?? ""}>
              <Field label={words.newPassword} required>
                <Input type="password" autoComplete="new-password" value={password} onChange={(_, { value }) => setPassword(value)} />
              </Field>
              <Field label={words.newPasswordAgain} required {...(isDifferent && { validationMessage: words.different })}>
                <Input type="password" autoComplete="new-password" value={again} onChange={(_, { value }) => setAgain(value)} />
              </Field>
              {error && <Failure error={error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>{texts.change.cancel}</Button>
              <Button type="submit" appearance="primary" disabledFocusable={password === "" || again !== password}>
                {words.rotate}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
