// The form of one thing that is saved as a whole, or deleted, with what came of it.

import { Text } from "@fluentui/react-components";
import { type FormEvent, type ReactNode, useState } from "react";

import { useAct } from "../graph/act";
import { texts } from "../texts";
import { AllowedButton } from "./Allowed";
import { ConfirmDialog } from "./ConfirmDialog";
import { Failure } from "./Failure";
import css from "./Form.module.css";

interface SavedFormProps {
  /** The permissions of which one is enough. */
  may: readonly string[];
  isGood: boolean;
  save: () => Promise<unknown>;
  /** How it is deleted; not there for what is not saved yet. */
  remove?: { verb: string; note: string; act: () => Promise<unknown> } | undefined;
  children: ReactNode;
}

export function SavedForm({ may, isGood, save, remove, children }: SavedFormProps) {
  const { run, error, isBusy } = useAct();
  const [isSaved, setIsSaved] = useState(false);
  const [isAsked, setIsAsked] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isGood) void run(save).then(setIsSaved);
  };
  return (
    <>
      <form className={css.form} onSubmit={submit} onChange={() => setIsSaved(false)}>
        {children}
        {error && <Failure error={error} />}
        {isSaved && <Text role="status">{texts.saved}</Text>}
        <div className={css.actions}>
          <AllowedButton type="submit" appearance="primary" may={may} disabled={!isGood || isBusy}>
            {texts.save}
          </AllowedButton>
          {remove && (
            <AllowedButton appearance="subtle" may={may} onClick={() => setIsAsked(true)}>
              {remove.verb}
            </AllowedButton>
          )}
        </div>
      </form>
      {isAsked && remove && <ConfirmDialog title={remove.verb} note={remove.note} verb={remove.verb} act={remove.act} close={() => setIsAsked(false)} />}
    </>
  );
}
