// Has all devices whose records a filter selects set new passwords.

import { Button, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, Field, Input, Text } from "@fluentui/react-components";
import { type FormEvent, useState } from "react";

import { useAct } from "../graph/act";
import { graph, literal } from "../graph/client";
import { Failure } from "../shell/Failure";
import { texts } from "../texts";
import { passwords } from "../texts/passwords";
import { PASSWORDS, rotateAll } from "./password";
import css from "./Passwords.module.css";

const words = passwords.rotate;

export function RotateAllDialog({ search, close }: { search: string; close: () => void }) {
  const [filter, setFilter] = useState(`startswith(serialNumber,${literal(search)})`);
  const [count, setCount] = useState<number | null>(null);
  const [asked, setAsked] = useState<number | null>(null);
  const { run, error, isBusy } = useAct();
  const look = (event: FormEvent) => {
    event.preventDefault();
    const query = new URLSearchParams({ $filter: filter });
    void run(async () => setCount(Number(await graph<string>(`${PASSWORDS}/$count?${query}`, { headers: { Accept: "text/plain" } }))));
  };
  return (
    <Dialog open onOpenChange={(_, { open }) => open || close()}>
      <DialogSurface>
        <form onSubmit={look}>
          <DialogBody>
            <DialogTitle>{count === null ? words.all : words.allTitle(count)}</DialogTitle>
            <DialogContent className={css.form ?? ""}>
              <Text>{words.note}</Text>
              <Field label={words.filter} required>
                <Input value={filter} onChange={(_, { value }) => (setFilter(value), setCount(null), setAsked(null))} />
              </Field>
              {error && <Failure error={error} />}
              {asked !== null && <Text role="status">{words.asked(asked)}</Text>}
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>{asked === null ? texts.change.cancel : texts.work.close}</Button>
              <Button type="submit" disabledFocusable={isBusy || filter.trim() === ""}>
                {texts.change.preview}
              </Button>
              {count !== null && asked === null && (
                <Button appearance="primary" disabledFocusable={isBusy || count === 0} onClick={() => void run(async () => setAsked(await rotateAll(filter)))}>
                  {words.verb}
                </Button>
              )}
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
